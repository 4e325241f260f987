#include "tensor/math.hpp"
#include "tensor/ops/lerp/lerp.kernels.hpp"

namespace dact {

void lerp_f64(const double* a, const double* b, const double* t, double* y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = math::fma(t[i], b[i] - a[i], a[i]);
}

}  // namespace dact
