// Elementary functions, part 2: conversions between element types (NUMERICS.md 1 and 8). Exact
// rules, no error.
#pragma once
#include <cstdint>

#include "tensor/math_bits.hpp"

namespace dact::math {

/// The float whose further rounding to a shorter type equals rounding x to it at once: towards
/// zero, then the last bit set when something was lost (round to odd).
DACT_INLINE float to_odd(double x) {
  const float f = static_cast<float>(x);
  const double back = static_cast<double>(f);
  const std::uint32_t down = bits_of(f) - (abs(back) > abs(x) ? 1u : 0u);
  return back == x || isnan(x) ? f : float_of(down | 1u);
}

/// To nearest even; NaN -> 7fc0.
DACT_INLINE std::uint16_t to_bf16_bits(float x) {
  const std::uint32_t u = bits_of(x);
  const std::uint32_t rounded = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
  return static_cast<std::uint16_t>(isnan(x) ? 0x7fc0u : rounded);
}
DACT_INLINE std::uint16_t to_bf16_bits(double x) { return to_bf16_bits(to_odd(x)); }
DACT_INLINE float from_bf16_bits(std::uint16_t b) {
  return float_of(static_cast<std::uint32_t>(b) << 16);
}

/// To nearest even, subnormals kept, |x| >= 65520 -> inf, NaN -> 7e00.
DACT_INLINE std::uint16_t to_f16_bits(float x) {
  const std::uint32_t u = bits_of(x) & ~kSign;
  const std::uint32_t sign = (bits_of(x) & kSign) >> 16;
  // 15 - 127 = -112 shifts the exponent's bias; a carry out of the mantissa raises the exponent as
  // it should
  const std::uint32_t normal = (u - (112u << 23) + 0xfffu + ((u >> 13) & 1u)) >> 13;
  // below 2^-14: 0.5 has the spacing 2^-24 of the subnormals, so the addition rounds to it
  const std::uint32_t subnormal = bits_of(float_of(u) + 0.5f) - bits_of(0.5f);
  const std::uint32_t finite = u < 0x38800000u ? subnormal : normal;
  const std::uint32_t r = u > 0x7f800000u ? 0x7e00u : (u >= 0x47800000u ? 0x7c00u : finite);
  return static_cast<std::uint16_t>(r | sign);
}
DACT_INLINE std::uint16_t to_f16_bits(double x) { return to_f16_bits(to_odd(x)); }
DACT_INLINE float from_f16_bits(std::uint16_t h) {
  const std::uint32_t u = static_cast<std::uint32_t>(h);
  const std::uint32_t sign = (u & 0x8000u) << 16;
  const std::uint32_t body = (u & 0x7fffu) << 13;
  const float subnormal = static_cast<float>(static_cast<std::int32_t>(u & 0x3ffu)) * 0x1p-24f;
  const std::uint32_t normal = body + (112u << 23);
  const std::uint32_t special = body + (224u << 23);  // exponent 31 -> 255
  const std::uint32_t large = body >= 0x0f800000u ? special : normal;
  return float_of((body < 0x00800000u ? bits_of(subnormal) : large) | sign);
}

/// Truncates towards zero, saturates, NaN -> 0. I is i64, i32 or u8; F is float or double.
template <class I, class F>
DACT_INLINE I to_integer(F x) {
  constexpr bool is_signed = static_cast<I>(-1) < static_cast<I>(0);
  constexpr int value_bits = static_cast<int>(sizeof(I)) * 8 - (is_signed ? 1 : 0);
  // 2^value_bits is the first number too large and, negated, the smallest of a signed type: both
  // exact in F
  constexpr F above = static_cast<F>(std::uint64_t{1} << (value_bits - 1)) * F(2);
  constexpr F below = is_signed ? -above : F(0);
  constexpr I largest = static_cast<I>((std::uint64_t{1} << value_bits) - 1);
  constexpr I smallest = is_signed ? static_cast<I>(-largest - 1) : I(0);
  const bool inside = x >= below && x < above;
  const I value = static_cast<I>(inside ? x : F(0));
  return x >= above ? largest : (x < below ? smallest : value);
}

}  // namespace dact::math
