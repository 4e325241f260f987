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

/// reduce() for |x| < kNear by Cody and Waite 1980, with pi/2 in three floats: n < 2^15 and |x| -
/// n·c1 has no more than 24 bits, so the first fma is exact; `lo` takes what the second step
/// loses.
inline constexpr float kNear = 32768.0f;
DACT_INLINE Angle reduce_near(float x) {
  constexpr float magic = 0x1.8p23f;  // adding it leaves round(.) in the low bits
  const float ax = abs(x);
  const float t = fma(ax, 0x1.45f306p-1f, magic);  // 2/pi
  const float n = t - magic;
  const float r = fma(n, -kHalfPiHi, ax);
  const float p = n * kHalfPiLo;
  const float p_lo = fma(n, kHalfPiLo, -p);
  const float hi = r - p;
  const float lo = fma(n, 0x1.ee59dap-50f, ((r - hi) - p) - p_lo);
  return {hi, lo, bits_of(t) & 3u};
}

/// The 96 bits of 2/pi that matter for m·2^q, most significant word first.
struct Window {
  std::uint32_t a, b, c;
};
/// Bits [start, start + 96) of (2/pi)·2^-26; 0 <= start < 128. Selects instead of a table look-up:
/// words k .. k+3 of the seven, then a shift across them.
DACT_INLINE Window two_over_pi(std::uint32_t start) {
  constexpr std::uint32_t w0 = 0x00000028u, w1 = 0xbe60db93u, w2 = 0x91054a7fu, w3 = 0x09d5f47du;
  constexpr std::uint32_t w4 = 0x4d377036u, w5 = 0xd8a5664fu, w6 = 0x10e4107fu;
  const std::uint32_t two = 0u - ((start >> 6) & 1u), one = 0u - ((start >> 5) & 1u);
  const std::uint32_t t0 = pick(two, w2, w0), t1 = pick(two, w3, w1), t2 = pick(two, w4, w2);
  const std::uint32_t t3 = pick(two, w5, w3), t4 = pick(two, w6, w4);
  const std::uint32_t u0 = pick(one, t1, t0), u1 = pick(one, t2, t1);
  const std::uint32_t u2 = pick(one, t3, t2), u3 = pick(one, t4, t3);
  const std::uint32_t s = start & 31u, back = 31u - s;
  return {(u0 << s) | ((u1 >> 1) >> back), (u1 << s) | ((u2 >> 1) >> back),
          (u2 << s) | ((u3 >> 1) >> back)};
}

/// Payne and Hanek 1983, for |x| >= 1/2: x = m·2^q, and of the product with 2/pi only the bits
/// below 4 are formed, 54 of them after the point; the smallest distance of a float to a multiple
/// of pi/2 leaves 24 good ones.
DACT_INLINE Angle reduce_far(float x) {
  const float ax = abs(x);
  const std::uint32_t ix = bits_of(ax);
  const std::uint32_t exponent = ix >> 23;                                 // q = exponent - 150
  const std::uint32_t shift = (exponent > 126u ? exponent : 126u) - 126u;  // q + 24, 0 .. 129
  // the window starts at most at bit 127: for the largest exponent m is doubled instead
  const std::uint32_t start = shift < 127u ? shift : 127u;
  const std::uint32_t m = ((ix & 0x7fffffu) | 0x800000u) << (shift >> 7);
  const Window w = two_over_pi(start);
  // m·(a·2^64 + b·2^32 + c) modulo 2^96 in units of 2^64, so that 2^30 is a quarter turn: m·a as an
  // integer, the next 24 bits as an exact product of floats, the 24 bits after them as a rounded
  // one
  const float mf = static_cast<float>(signed_of(m)) * 0x1p-24f;
  const float bf = static_cast<float>(signed_of(w.b >> 8));
  const float cf = static_cast<float>(signed_of(((w.b & 255u) << 16) | (w.c >> 16))) * 0x1p-24f;
  const float product = mf * bf;
  const std::int32_t whole = static_cast<std::int32_t>(product);
  const float fraction = product - static_cast<float>(whole);
  const float below = fraction + fma(mf, cf, fma(mf, bf, -product));
  const std::uint32_t head = m * w.a + static_cast<std::uint32_t>(whole);
  // the nearest quadrant, and the rest as two floats
  const std::uint32_t quadrant = (head + 0x20000000u) >> 30;
  const std::int32_t rest = signed_of(head - (quadrant << 30));
  const float s = static_cast<float>(rest);
  const float s_lo = static_cast<float>(rest - static_cast<std::int32_t>(s)) + below;
  const float hi = s * 0x1.921fb6p-30f;  // pi/2 · 2^-30 in two floats
  const float lo =
      fma(s_lo, 0x1.921fb6p-30f, fma(s, -0x1.777a5cp-55f, fma(s, 0x1.921fb6p-30f, -hi)));
  return {hi, lo, quadrant};
}

/// Any x; inf and NaN give NaN.
DACT_INLINE Angle reduce(float x) {
  const Angle a = reduce_near(x), b = reduce_far(x);
  const float ax = abs(x);
  const std::uint32_t near = mask_of(ax < kNear);
  // ax - ax is +0, or NaN for inf and NaN
  const float edge = ax - ax;
  return {float_of(pick(near, bits_of(a.hi), bits_of(b.hi))) + edge,
          float_of(pick(near, bits_of(a.lo), bits_of(b.lo))), pick(near, a.quadrant, b.quadrant)};
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

DACT_INLINE float sin_at(const Angle& a, float x) {
  const float s = sin_of(a.hi, a.lo), c = cos_of(a.hi, a.lo);
  const std::uint32_t y = pick(0u - (a.quadrant & 1u), bits_of(c), bits_of(s));
  return mul_sign(float_of(y ^ ((a.quadrant & 2u) << 30)), x);
}
DACT_INLINE float cos_at(const Angle& a) {
  const float s = sin_of(a.hi, a.lo), c = cos_of(a.hi, a.lo);
  const std::uint32_t y = pick(0u - (a.quadrant & 1u), bits_of(s), bits_of(c));
  return float_of(y ^ (((a.quadrant + 1u) & 2u) << 30));
}
/// In odd quadrants -1/tan of the rest, from tan as two floats.
/// (tan r - r)/r³ in r², degree 6, Remez weighted for relative error: 1.4e-9 (2^-29.5).
DACT_INLINE float tan_at(const Angle& a, float x) {
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
  const std::uint32_t y = pick(0u - (a.quadrant & 1u), bits_of(-cot), bits_of(t));
  return mul_sign(float_of(y), x);
}

/// Any x; ±inf -> NaN, -0 -> -0.
DACT_INLINE float sin(float x) { return sin_at(reduce(x), x); }
DACT_INLINE float cos(float x) { return cos_at(reduce(x)); }
DACT_INLINE float tan(float x) { return tan_at(reduce(x), x); }
/// The same bits for |x| < kNear at a fifth of the work; other x: no useful result.
DACT_INLINE float sin_near(float x) { return sin_at(reduce_near(x), x); }
DACT_INLINE float cos_near(float x) { return cos_at(reduce_near(x)); }
DACT_INLINE float tan_near(float x) { return tan_at(reduce_near(x), x); }

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
