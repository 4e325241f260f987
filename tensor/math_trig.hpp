// Elementary functions, part 5: sines and arc functions. Branch-free. Errors: tensor/MATH.md.
#pragma once
#include <cstdint>

#include "tensor/math_bits.hpp"

namespace dact::math {

inline constexpr float kHalfPiHi = 0x1.921fb6p+0f;
inline constexpr float kHalfPiLo = -0x1.777a5cp-25f;

/// |x| = quadrant·pi/2 + hi + lo, |hi| <= pi/4, the quadrant modulo 4.
struct Angle {
  float hi, lo;
  std::uint32_t quadrant;
};

/// The 96 bits of 2/pi that matter for m·2^q, most significant word first.
struct Window {
  std::uint32_t a, b, c;
};
/// Bits [start, start + 96) of (2/pi)·2^-26; 0 <= start < 128. Selects instead of a table look-up:
/// words k .. k+3 of the seven, then a shift across them.
DACT_INLINE Window two_over_pi(std::uint32_t start) {
  constexpr std::uint32_t w0 = 0x00000028u, w1 = 0xbe60db93u, w2 = 0x91054a7fu, w3 = 0x09d5f47du;
  constexpr std::uint32_t w4 = 0x4d377036u, w5 = 0xd8a5664fu, w6 = 0x10e4107fu;
  const bool two = (start & 64u) != 0, one = (start & 32u) != 0;
  const std::uint32_t t0 = two ? w2 : w0, t1 = two ? w3 : w1, t2 = two ? w4 : w2;
  const std::uint32_t t3 = two ? w5 : w3, t4 = two ? w6 : w4;
  const std::uint32_t u0 = one ? t1 : t0, u1 = one ? t2 : t1, u2 = one ? t3 : t2;
  const std::uint32_t u3 = one ? t4 : t3;
  const std::uint32_t s = start & 31u, back = 31u - s;
  return {(u0 << s) | ((u1 >> 1) >> back), (u1 << s) | ((u2 >> 1) >> back),
          (u2 << s) | ((u3 >> 1) >> back)};
}

/// Payne and Hanek 1983: x = m·2^q, and of the product with 2/pi only the bits below 4 are formed,
/// 62 of them after the point; the smallest distance of a float to a multiple of pi/2 leaves 30
/// good ones. x finite, any size.
DACT_INLINE Angle reduce(float x) {
  const float ax = abs(x);
  const std::uint32_t ix = bits_of(ax);
  const std::uint32_t exponent = ix >> 23;  // q = exponent - 150
  const bool small = ax < 0x1.921fb6p-1f;   // pi/4
  // start = q + 24, at most 127: for the largest exponent m is doubled instead
  const bool top = exponent >= 254u;
  const std::uint32_t start = small ? 0u : (top ? 127u : exponent - 126u);
  const std::uint32_t m = ((ix & 0x7fffffu) | 0x800000u) << (top ? 1 : 0);
  const Window w = two_over_pi(start);
  const std::uint64_t low = (static_cast<std::uint64_t>(m) * w.c) >> 32;
  const std::uint64_t middle = static_cast<std::uint64_t>(m) * w.b + low;
  const std::uint32_t head = m * w.a + static_cast<std::uint32_t>(middle >> 32);
  const std::uint32_t tail = static_cast<std::uint32_t>(middle);
  // head:tail / 2^62 quarter turns; nearest quadrant, rest as a signed fraction in three exact
  // floats
  const std::uint32_t quadrant = (head + 0x20000000u) >> 30;
  const std::int32_t rest = signed_of(head - (quadrant << 30));
  const std::uint32_t next = ((head & 63u) << 18) | (tail >> 14);
  const float f0 = static_cast<float>(rest & ~63);
  const float f1 = static_cast<float>(signed_of(next)) * 0x1p-18f;
  const float f2 = static_cast<float>(signed_of(tail & 0x3fffu)) * 0x1p-32f;
  const float f12 = f1 + f2;
  const float s = f0 + f12;
  const float s_lo = f12 - (s - f0);
  const float hi = s * 0x1.921fb6p-30f;  // pi/2 · 2^-30 in two floats
  const float lo =
      fma(s_lo, 0x1.921fb6p-30f, fma(s, -0x1.777a5cp-55f, fma(s, 0x1.921fb6p-30f, -hi)));
  return {small ? ax : hi, small ? 0.0f : lo, small ? 0u : quadrant};
}

/// sin(hi + lo) on |hi| <= pi/4. (sin r - r)/r³ in r², degree 2, Remez weighted for relative
/// error: 4.1e-9 (2^-27.9).
DACT_INLINE float sin_of(float hi, float lo) {
  const float u = hi * hi;
  float q = -0x1.9951eap-13f;
  q = fma(q, u, 0x1.110774p-7f);
  q = fma(q, u, -0x1.555546p-3f);
  return hi + fma(hi * u, q, lo);
}
/// cos(hi + lo) on |hi| <= pi/4. (cos r - 1 + r²/2)/r⁴ in r², degree 2, Remez weighted by
/// r⁴: 1.1e-10 (2^-33.1).
DACT_INLINE float cos_of(float hi, float lo) {
  const float u = hi * hi;
  float q = 0x1.99e0eep-16f;
  q = fma(q, u, -0x1.6c0c1ap-10f);
  q = fma(q, u, 0x1.55554ap-5f);
  const float half = 0.5f * u;
  const float head = 1.0f - half;
  return head + (((1.0f - head) - half) + fma(u * u, q, -(hi * lo)));
}

/// ±inf -> NaN, -0 -> -0.
DACT_INLINE float sin(float x) {
  const Angle a = reduce(x);
  const float s = sin_of(a.hi, a.lo), c = cos_of(a.hi, a.lo);
  const float y = (a.quadrant & 1u) != 0 ? c : s;
  const float r = mul_sign(float_of(bits_of(y) ^ ((a.quadrant & 2u) << 30)), x);
  return isfinite(x) ? r : nan_f();
}
DACT_INLINE float cos(float x) {
  const Angle a = reduce(x);
  const float s = sin_of(a.hi, a.lo), c = cos_of(a.hi, a.lo);
  const float y = (a.quadrant & 1u) != 0 ? s : c;
  const float r = float_of(bits_of(y) ^ (((a.quadrant + 1u) & 2u) << 30));
  return isfinite(x) ? r : nan_f();
}

/// tan x; in odd quadrants -1/tan of the rest, from tan as two floats.
/// (tan r - r)/r³ in r², degree 6, Remez weighted for relative error: 1.4e-9 (2^-29.5).
DACT_INLINE float tan(float x) {
  const Angle a = reduce(x);
  const float u = a.hi * a.hi;
  float q = 0x1.1f14b8p-8f;
  q = fma(q, u, 0x1.5ebce4p-14f);
  q = fma(q, u, 0x1.63227cp-7f);
  q = fma(q, u, 0x1.5cb23ep-6f);
  q = fma(q, u, 0x1.badae2p-5f);
  q = fma(q, u, 0x1.110d9ap-3f);
  q = fma(q, u, 0x1.55556p-2f);
  const float tail = fma(a.hi * u, q, fma(a.lo, u, a.lo));  // tan' = 1 + tan², about 1 + r²
  const float t = a.hi + tail;
  const float t_lo = tail - (t - a.hi);
  const float inverse = 1.0f / t;
  const float residual = fma(-inverse, t_lo, fma(-inverse, t, 1.0f));
  const float cot = fma(inverse, residual, inverse);
  const float r = mul_sign((a.quadrant & 1u) != 0 ? -cot : t, x);
  return isfinite(x) ? r : nan_f();
}

/// Angle of (x, y), all special cases as C99 F.9.1.4.
/// atan t = t + t³·q(t²), t in [0, 1], q of degree 8, Remez weighted for relative error: 2.8e-9
/// (2^-28.4).
DACT_INLINE float atan2(float y, float x) {
  const float ay = abs(y), ax = abs(x);
  const bool steep = ay > ax;
  const float num = steep ? ax : ay, den = steep ? ay : ax;
  const float equal = num == 0.0f ? 0.0f : 1.0f;  // 0/0 -> 0, inf/inf -> 1
  const float t = num == den ? equal : num / den;
  const float u = t * t;
  float q = -0x1.d46bbcp-10f;
  q = fma(q, u, 0x1.64b54ep-7f);
  q = fma(q, u, -0x1.fdf904p-6f);
  q = fma(q, u, 0x1.da5f9cp-5f);
  q = fma(q, u, -0x1.581592p-4f);
  q = fma(q, u, 0x1.c08f3p-4f);
  q = fma(q, u, -0x1.2420a6p-3f);
  q = fma(q, u, 0x1.9991e4p-3f);
  q = fma(q, u, -0x1.55553ep-2f);
  const float a = fma(t * u, q, t);
  // steep: pi/2 - a, mirrored for x < 0; flat: a, or pi - a for x < 0
  const bool left = signbit(x);
  const float turns = steep ? 1.0f : (left ? 2.0f : 0.0f);
  const float part = steep != left ? -a : a;
  const float angle = fma(turns, kHalfPiHi, fma(turns, kHalfPiLo, part));
  return mul_sign(angle, y);
}

/// asin of |x| <= 1/2: x + x³·q(x²), q of degree 5 on [0, 1/4], Remez weighted for relative
/// error: 3.0e-10 (2^-31.6).
DACT_INLINE float asin_tail(float s, float u) {
  float q = 0x1.34c258p-5f;
  q = fma(q, u, 0x1.d52bcap-7f);
  q = fma(q, u, 0x1.04d28p-5f);
  q = fma(q, u, 0x1.6ca758p-5f);
  q = fma(q, u, 0x1.3338acp-4f);
  q = fma(q, u, 0x1.55554cp-3f);
  return s * u * q;
}
/// |x| > 1 -> NaN, -0 -> -0. Beyond 1/2: pi/2 - 2 asin(sqrt((1 - |x|)/2)).
DACT_INLINE float asin(float x) {
  const float a = abs(x);
  const bool outer = a > 0.5f;
  const float u = outer ? fma(-0.5f, a, 0.5f) : a * a;
  const float s = outer ? sqrt(u) : a;
  const float r = s + asin_tail(s, u);
  return mul_sign(outer ? kHalfPiHi - fma(2.0f, r, -kHalfPiLo) : r, x);
}
/// |x| > 1 -> NaN; pi/2 - asin x inside, 2 asin(sqrt((1 - |x|)/2)) and pi minus that outside.
DACT_INLINE float acos(float x) {
  const float a = abs(x);
  const bool outer = a > 0.5f;
  const float u = outer ? fma(-0.5f, a, 0.5f) : a * a;
  const float s = outer ? sqrt(u) : x;
  const float tail = asin_tail(s, u);
  const float r = s + tail;
  const float inner = kHalfPiHi - (x - (kHalfPiLo - tail));
  const float left = 2.0f * (kHalfPiHi - (r - kHalfPiLo));
  return outer ? (x < 0.0f ? left : 2.0f * r) : inner;
}

}  // namespace dact::math
