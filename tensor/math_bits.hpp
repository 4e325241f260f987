// Elementary functions, part 1: bit patterns, fma, rounding to integers, minimum and maximum
// (NUMERICS.md 2 and 8). Branch-free, so that plain loops over them become vector code; exact, so
// there is no error to state.
#pragma once
#include <cstdint>

#include "tensor/inline.hpp"

#if !defined(__CUDACC__) && defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#error "float arithmetic must be rounded to float (NUMERICS.md 2): FLT_EVAL_METHOD is not 0"
#endif

namespace dact::math {

DACT_INLINE std::uint32_t bits_of(float x) { return __builtin_bit_cast(std::uint32_t, x); }
DACT_INLINE std::uint64_t bits_of(double x) { return __builtin_bit_cast(std::uint64_t, x); }
DACT_INLINE float float_of(std::uint32_t bits) { return __builtin_bit_cast(float, bits); }
DACT_INLINE double double_of(std::uint64_t bits) { return __builtin_bit_cast(double, bits); }
DACT_INLINE std::int32_t signed_of(std::uint32_t bits) { return static_cast<std::int32_t>(bits); }

inline constexpr std::uint32_t kSign = 0x80000000u;
inline constexpr std::uint64_t kSign64 = 0x8000000000000000u;

DACT_INLINE float nan_f() { return float_of(0x7fc00000u); }
DACT_INLINE float inf_f() { return float_of(0x7f800000u); }

/// All ones or zero.
DACT_INLINE std::uint32_t mask_of(bool c) { return 0u - static_cast<std::uint32_t>(c); }
/// a where the mask is all ones, b where it is zero. Written with bits where a ternary would make
/// the compiler split the loop into cases that it cannot turn into vectors well.
DACT_INLINE std::uint32_t pick(std::uint32_t mask, std::uint32_t a, std::uint32_t b) {
  return b ^ ((a ^ b) & mask);
}

/// a·b + c, rounded once.
DACT_INLINE float fma(float a, float b, float c) {
#if defined(__CUDA_ARCH__)
  return __fmaf_rn(a, b, c);
#else
  return __builtin_fmaf(a, b, c);
#endif
}
DACT_INLINE double fma(double a, double b, double c) {
#if defined(__CUDA_ARCH__)
  return __fma_rn(a, b, c);
#else
  return __builtin_fma(a, b, c);
#endif
}

/// Correctly rounded square root; x < 0 -> NaN, -0 -> -0.
DACT_INLINE float sqrt(float x) {
#if defined(__CUDA_ARCH__)
  return __fsqrt_rn(x);
#else
  return __builtin_sqrtf(x);
#endif
}
DACT_INLINE double sqrt(double x) {
#if defined(__CUDA_ARCH__)
  return __dsqrt_rn(x);
#else
  return __builtin_sqrt(x);
#endif
}

DACT_INLINE float abs(float x) { return float_of(bits_of(x) & ~kSign); }
DACT_INLINE double abs(double x) { return double_of(bits_of(x) & ~kSign64); }
DACT_INLINE bool signbit(float x) { return (bits_of(x) & kSign) != 0; }
DACT_INLINE bool signbit(double x) { return (bits_of(x) & kSign64) != 0; }
DACT_INLINE float copysign(float magnitude, float sign) {
  return float_of((bits_of(magnitude) & ~kSign) | (bits_of(sign) & kSign));
}
DACT_INLINE double copysign(double magnitude, double sign) {
  return double_of((bits_of(magnitude) & ~kSign64) | (bits_of(sign) & kSign64));
}
/// x with its sign flipped where `sign` is negative (-0 included).
DACT_INLINE float mul_sign(float x, float sign) {
  return float_of(bits_of(x) ^ (bits_of(sign) & kSign));
}
DACT_INLINE bool isnan(float x) { return x != x; }
DACT_INLINE bool isnan(double x) { return x != x; }
DACT_INLINE bool isfinite(float x) { return (bits_of(x) & ~kSign) < 0x7f800000u; }
DACT_INLINE bool isfinite(double x) { return (bits_of(x) & ~kSign64) < 0x7ff0000000000000u; }

/// -1, 0 or 1; sign(-0) = +0, NaN -> NaN.
template <class T>
DACT_INLINE T sign(T x) {
  const T s = x > T(0) ? T(1) : (x < T(0) ? T(-1) : T(0));
  return isnan(x) ? x : s;
}

/// From here on every number of the type is an integer: 2^23, 2^52.
template <class T>
inline constexpr T kAllIntegers = T(0);
template <>
inline constexpr float kAllIntegers<float> = 0x1p23f;
template <>
inline constexpr double kAllIntegers<double> = 0x1p52;

/// Nearest integer, ties to even; keeps the sign of zero. |x| + 2^23 rounds off the fraction.
template <class T>
DACT_INLINE T round(T x) {
  const T a = abs(x);
  const T rounded = (a + kAllIntegers<T>)-kAllIntegers<T>;
  return copysign(a < kAllIntegers<T> ? rounded : a, x);
}
template <class T>
DACT_INLINE T floor(T x) {
  const T r = round(x);
  return copysign(r > x ? r - T(1) : r, x);
}
template <class T>
DACT_INLINE T ceil(T x) {
  const T r = round(x);
  return copysign(r < x ? r + T(1) : r, x);
}
template <class T>
DACT_INLINE T trunc(T x) {
  return copysign(floor(abs(x)), x);
}

/// NaN wins; +0 > -0. p and q are one number but for zeros of different signs, of which and / or of
/// the bits takes the right one. `a > b ? a : b` is one instruction of x86, nested choices are many.
DACT_INLINE float max(float a, float b) {
  const float p = a > b ? a : b, q = b > a ? b : a;
  const float r = float_of(bits_of(p) & bits_of(q));
  return isnan(a) ? a : (isnan(b) ? b : r);
}
DACT_INLINE float min(float a, float b) {
  const float p = a < b ? a : b, q = b < a ? b : a;
  const float r = float_of(bits_of(p) | bits_of(q));
  return isnan(a) ? a : (isnan(b) ? b : r);
}
DACT_INLINE double max(double a, double b) {
  const double p = a > b ? a : b, q = b > a ? b : a;
  const double r = double_of(bits_of(p) & bits_of(q));
  return isnan(a) ? a : (isnan(b) ? b : r);
}
DACT_INLINE double min(double a, double b) {
  const double p = a < b ? a : b, q = b < a ? b : a;
  const double r = double_of(bits_of(p) | bits_of(q));
  return isnan(a) ? a : (isnan(b) ? b : r);
}
/// min(max(x, lo), hi): NaN x stays NaN.
template <class T>
DACT_INLINE T clamp(T x, T lo, T hi) {
  return min(max(x, lo), hi);
}
/// relu(-0) = +0, NaN -> NaN.
template <class T>
DACT_INLINE T relu(T x) {
  return x <= T(0) ? T(0) : x;
}

}  // namespace dact::math
