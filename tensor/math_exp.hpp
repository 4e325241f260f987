// Elementary functions, part 3: exponentials and what is made of them. Float arithmetic only, no
// branches. Largest errors over all 2^32 inputs: tensor/MATH.md. Coefficients: see the note at each
// polynomial.
#pragma once
#include <cstdint>

#include "tensor/math_bits.hpp"

namespace dact::math {

/// 2^n for -126 <= n <= 127; other n give some float, never undefined behaviour.
DACT_INLINE float pow2(std::int32_t n) {
  return float_of((static_cast<std::uint32_t>(n) + 127u) << 23);
}
/// p·2^n for |n| <= 252 in two steps, the first of them exact: one rounding, also into subnormals.
DACT_INLINE float scale(float p, std::int32_t n) {
  const std::int32_t half = n >> 1;
  return p * pow2(half) * pow2(n - half);
}

/// x = n·ln 2 + r, |r| <= ln 2 / 2.
struct ExpParts {
  float r;
  std::int32_t n;
};
/// |x| must stay below 2^22.
DACT_INLINE ExpParts exp_parts(float x) {
  constexpr float log2_e = 0x1.715476p+0f;
  constexpr float magic = 0x1.8p23f;  // adding it leaves round(.) in the low bits
  const float t = fma(x, log2_e, magic);
  const float n = t - magic;
  // ln 2 = 0x1.62e43p-1 - 0x1.05c61p-29 - ...; the first fma is exact: x and n·c share a grid of
  // 2^-24 or finer
  const float r = fma(n, 0x1.05c61p-29f, fma(n, -0x1.62e43p-1f, x));
  return {r, static_cast<std::int32_t>(bits_of(t) - bits_of(magic))};
}
/// q of e^r = 1 + r + r²·q on [-0.3467, 0.3467], degree 4, Remez weighted by r²/e^r, rounded to
/// float from the lowest coefficient up: relative error of e^r 3.2e-9 (2^-28.2).
DACT_INLINE float exp_poly(float r) {
  float q = 0x1.6a4e7ap-10f;
  q = fma(q, r, 0x1.12398p-7f);
  q = fma(q, r, 0x1.5558aep-5f);
  q = fma(q, r, 0x1.555492p-3f);
  return fma(q, r, 0x1.fffffcp-2f);
}
/// e^r, 0.70 .. 1.42.
DACT_INLINE float exp_of(float r) { return fma(fma(exp_poly(r), r, 1.0f), r, 1.0f); }

/// e^x; x > 88.73 -> inf, x < -103.98 -> 0.
DACT_INLINE float exp(float x) {
  const float high = x > 89.0f ? 89.0f : x;
  const float a = high < -104.0f ? -104.0f : high;
  const ExpParts e = exp_parts(a);
  return scale(exp_of(e.r), e.n);
}

/// e^x - 1; -0 -> -0.
DACT_INLINE float expm1(float x) {
  const float high = x > 89.0f ? 89.0f : x;
  const float a = high < -20.0f ? -20.0f : high;
  const ExpParts e = exp_parts(a);
  const float m = fma(e.r * e.r, exp_poly(e.r), e.r);  // e^r - 1
  const float s = pow2(e.n - 1);                       // half of 2^n, so that n = 128 fits
  const float y = fma(s, m, s - 0.5f) * 2.0f;
  return abs(x) < 0x1p-25f ? x : y;
}

/// (p·e^lo)·2^64, rounded as p, where x = n·ln 2 + r and p = e^r·2^n: for -126 <= x <= 44 this is a
/// normal number, and multiplying it (or its product with another factor) by 2^-64 rounds once,
/// also into subnormals.
DACT_INLINE float exp_up(float x, float lo) {
  const ExpParts e = exp_parts(x);
  return exp_of(e.r + lo) * pow2(e.n + 64);
}
DACT_INLINE float exp_up(float x) {
  const ExpParts e = exp_parts(x);
  return exp_of(e.r) * pow2(e.n + 64);
}
inline constexpr float kDown = 0x1p-64f;

/// -min(|x|, limit); NaN stays NaN.
DACT_INLINE float minus_abs(float x, float limit) {
  const float a = float_of(bits_of(x) | kSign);
  return a < -limit ? -limit : a;
}

/// 1 / (1 + e^-x), computed with e^-|x| so that nothing overflows and small results keep their
/// digits.
DACT_INLINE float sigmoid(float x) {
  const float e = exp_up(minus_abs(x, 110.0f)) * kDown;
  return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

/// x / (1 + e^-(z + z_lo)) for z = c·x, c > 0; -0 where x < least. Below zero the quotient is formed
/// 2^64 times too large, and the last step rounds it once, also into subnormals. Limits by bits,
/// which is a third fewer vector instructions: negative floats are ordered as unsigned numbers,
/// positive ones as signed; a NaN comes back in through the numerator.
DACT_INLINE float gated(float x, float z, float z_lo, float least) {
  constexpr std::uint32_t lowest = 0xc2200000u;  // -40: beyond, 1 + e^-z is 1
  constexpr std::int32_t highest = 0x42e20000;   // 113, above every -z with x >= least
  const std::uint32_t minus_z = bits_of(z) ^ kSign;
  const std::int32_t raised = signed_of(minus_z < lowest ? minus_z : lowest);
  const std::int32_t limited = raised < highest ? raised : highest;
  const ExpParts e = exp_parts(float_of(static_cast<std::uint32_t>(limited)));
  const std::uint32_t down = (bits_of(x) & kSign) >> 2;  // 64 in the exponent's place, or 0
  const std::uint32_t unit = (127u << 23) - down;        // 2^-64 or 1
  const float power = float_of((static_cast<std::uint32_t>(e.n) << 23) + unit);
  const float y = x / fma(exp_of(e.r - z_lo), power, float_of(unit)) * float_of(unit);
  return x < least ? -0.0f : y;
}

/// x·sigmoid(x); -0 -> -0, -inf -> -0 (the limit).
DACT_INLINE float silu(float x) {
  return gated(x, x, 0.0f, -110.0f);  // -110·e^-110 is below half the smallest float
}

/// x·sigmoid(1.702 x), with 1.702 and its product in two floats; -0 -> -0, -inf -> -0 (the limit).
DACT_INLINE float gelu_quick(float x) {
  const float z = x * 0x1.b3b646p+0f;
  const float z_lo = fma(x, -0x1.78d4fep-26f, fma(x, 0x1.b3b646p+0f, -z));
  // -66·e^(-1.702·66) is below half the smallest float
  return gated(x, z, z > 40.0f ? 0.0f : z_lo, -66.0f);
}

/// tanh x: odd polynomial below 0.625, else 1 - 2/(e^2|x| + 1).
/// (tanh x - x)/x³ in x² on [0, 0.625²], degree 4, Remez weighted for relative error: 4.6e-9
/// (2^-27.7).
DACT_INLINE float tanh(float x) {
  const float a = abs(x);
  const float u = x * x;
  float q = -0x1.750b56p-8f;
  q = fma(q, u, 0x1.51f896p-6f);
  q = fma(q, u, -0x1.b835ap-5f);
  q = fma(q, u, 0x1.1106f6p-3f);
  q = fma(q, u, -0x1.555532p-2f);
  const float small = fma(a * u, q, a);
  const float b = a > 10.0f ? 10.0f : a;  // tanh 9.02 already rounds to 1
  const ExpParts e = exp_parts(b + b);
  const float large = 1.0f - 2.0f / fma(exp_of(e.r), pow2(e.n), 1.0f);
  return mul_sign(a < 0.625f ? small : large, x);
}

}  // namespace dact::math
