// The same names for double, for the f64 oracle: libm, R0 (NUMERICS.md 1), never in a digest. Host
// numbers that reach files use tensor/hostmath.hpp instead.
#pragma once
#include "tensor/math_bits.hpp"

// nvcc maps the plain names to the device's libm, the builtins only to the host's.
#if defined(__CUDACC__)
#include <cmath>
#define DACT_LIBM(name) ::name
#else
#define DACT_LIBM(name) __builtin_##name
#endif

namespace dact::math {

DACT_INLINE double exp(double x) { return DACT_LIBM(exp)(x); }
DACT_INLINE double expm1(double x) { return DACT_LIBM(expm1)(x); }
DACT_INLINE double log(double x) { return DACT_LIBM(log)(x); }
DACT_INLINE double log1p(double x) { return DACT_LIBM(log1p)(x); }
DACT_INLINE double rsqrt(double x) { return 1.0 / sqrt(x); }
DACT_INLINE double sin(double x) { return DACT_LIBM(sin)(x); }
DACT_INLINE double cos(double x) { return DACT_LIBM(cos)(x); }
DACT_INLINE double tan(double x) { return DACT_LIBM(tan)(x); }
DACT_INLINE double tanh(double x) { return DACT_LIBM(tanh)(x); }
DACT_INLINE double atan2(double y, double x) { return DACT_LIBM(atan2)(y, x); }
DACT_INLINE double asin(double x) { return DACT_LIBM(asin)(x); }
DACT_INLINE double acos(double x) { return DACT_LIBM(acos)(x); }
DACT_INLINE double erf(double x) { return DACT_LIBM(erf)(x); }
DACT_INLINE double pow(double x, double y) { return DACT_LIBM(pow)(x, y); }

DACT_INLINE double sigmoid(double x) {
  const double e = exp(-abs(x));
  return (x < 0.0 ? e : 1.0) / (1.0 + e);
}
/// -inf -> -0, the limit.
DACT_INLINE double silu(double x) { return x < -800.0 ? -0.0 : x * sigmoid(x); }
DACT_INLINE double gelu_quick(double x) { return x < -480.0 ? -0.0 : x * sigmoid(1.702 * x); }
DACT_INLINE double gelu(double x) {
  constexpr double inv_sqrt2 = 0x1.6a09e667f3bcdp-1;
  return x < -40.0 ? -0.0 : 0.5 * x * DACT_LIBM(erfc)(-x * inv_sqrt2);
}
DACT_INLINE double softplus(double x) { return (x > 0.0 ? x : 0.0) + log1p(exp(-abs(x))); }

}  // namespace dact::math

#undef DACT_LIBM
