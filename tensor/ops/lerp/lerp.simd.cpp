#include "tensor/math.hpp"
#include "tensor/ops/lerp/lerp.kernels.hpp"

namespace dact::DACT_ISA {

DACT_NARROW void lerp_f32(const float* a, const float* b, const float* t, float* y,
                          std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = math::fma(t[i], b[i] - a[i], a[i]);
}

}  // namespace dact::DACT_ISA
