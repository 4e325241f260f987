// One float function of math.hpp over an array, by number: what the error measurement runs, one copy per instruction
// set (math_eval.simd.cpp).
#pragma once
#include <cstdint>

// X(name, bound in ulp): NUMERICS.md 7, and 0 where the result is exact or correctly rounded up to ties (sqrt: 0.5).
// clang-format off
#define DACT_MATH_UNARY(X)                                                                         \
  X(sqrt, 0.5) X(rsqrt, 1) X(exp, 1) X(expm1, 4) X(log, 1) X(log1p, 4)                              \
  X(sin, 2) X(cos, 2) X(tan, 2) X(asin, 4) X(acos, 4) X(tanh, 2) X(erf, 2)                          \
  X(sigmoid, 3) X(silu, 3) X(gelu, 4) X(gelu_quick, 4) X(softplus, 4)                               \
  X(floor, 0) X(ceil, 0) X(round, 0) X(trunc, 0)
// clang-format on
#define DACT_MATH_BINARY(X) X(atan2, 4) X(pow, 4)

namespace dact {

// out[i] = f(x[i]) or f(x[i], y[i]); id counts DACT_MATH_UNARY, then DACT_MATH_BINARY.
#define DACT_MATH_KERNELS(isa)                                                        \
  namespace isa {                                                                     \
  void math_eval(int id, const float* x, const float* y, float* out, std::int64_t n); \
  }
DACT_MATH_KERNELS(isa_portable)
DACT_MATH_KERNELS(isa_avx2)
DACT_MATH_KERNELS(isa_avx512)
#undef DACT_MATH_KERNELS

}  // namespace dact
