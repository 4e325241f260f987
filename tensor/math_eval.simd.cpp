#include <cstdint>

#include "tensor/math.hpp"
#include "tensor/math_eval.kernels.hpp"

namespace dact::DACT_ISA {
namespace {

using Loop = void (*)(const float*, const float*, float*, std::int64_t);

#define DACT_ENTRY(name, bound)                                                \
  void loop_##name(const float* x, const float*, float* out, std::int64_t n) { \
    for (std::int64_t i = 0; i < n; ++i) out[i] = math::name(x[i]);            \
  }
DACT_MATH_UNARY(DACT_ENTRY)
#undef DACT_ENTRY
#define DACT_ENTRY(name, bound)                                                  \
  void loop_##name(const float* x, const float* y, float* out, std::int64_t n) { \
    for (std::int64_t i = 0; i < n; ++i) out[i] = math::name(x[i], y[i]);        \
  }
DACT_MATH_BINARY(DACT_ENTRY)
#undef DACT_ENTRY

#define DACT_ENTRY(name, bound) &loop_##name,
constexpr Loop kLoops[] = {DACT_MATH_UNARY(DACT_ENTRY) DACT_MATH_BINARY(DACT_ENTRY)};
#undef DACT_ENTRY

}  // namespace

void math_eval(int id, const float* x, const float* y, float* out, std::int64_t n) {
  kLoops[id](x, y, out, n);
}

}  // namespace dact::DACT_ISA
