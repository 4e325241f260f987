// Elementary functions, part 4: logarithms, 1/sqrt, powers. Branch-free. Errors: tensor/MATH.md.
#pragma once
#include <cstdint>

#include "tensor/math_bits.hpp"
#include "tensor/math_exp.hpp"

namespace dact::math {

/// 1/sqrt(x), one Newton step on the rounded quotient; ±0 -> ±inf, inf -> 0, x < 0 -> NaN.
DACT_INLINE float rsqrt(float x) {
  const float y = 1.0f / sqrt(x);
  const float h = x * y;
  const float h_lo = fma(x, y, -h);
  const float residual = fma(-h, y, 1.0f) - h_lo * y;  // 1 - x·y²
  const float better = fma(0.5f * y, residual, y);
  return x > 0.0f && x < inf_f() ? better : y;
}

/// x = 2^k·m, m in [sqrt 1/2, sqrt 2), for positive finite x, subnormals included.
struct LogParts {
  float m;
  std::int32_t k;
};
DACT_INLINE LogParts log_parts(float x) {
  const bool tiny = x < 0x1p-126f;
  const std::uint32_t ix = bits_of(tiny ? x * 0x1p23f : x);
  const std::uint32_t above = ix - 0x3f3504f3u;  // bits of sqrt 1/2
  const std::int32_t k = signed_of(above) >> 23;
  const float m = float_of(ix - (static_cast<std::uint32_t>(k) << 23));
  return {m, k - (tiny ? 23 : 0)};
}

/// k·ln 2 + log(1 + f) for f in [-0.2929, 0.4143].
/// (log(1+f) - f + f²/2)/f³, degree 8, Remez weighted for relative error: 7.7e-10 (2^-30.3).
DACT_INLINE float log_of(float f, float k) {
  float q = 0x1.146e22p-4f;
  q = fma(q, f, -0x1.de0008p-4f);
  q = fma(q, f, 0x1.e6c112p-4f);
  q = fma(q, f, -0x1.fc2926p-4f);
  q = fma(q, f, 0x1.233b9cp-3f);
  q = fma(q, f, -0x1.555c42p-3f);
  q = fma(q, f, 0x1.99a476p-3f);
  q = fma(q, f, -0x1.000006p-2f);
  q = fma(q, f, 0x1.555548p-2f);
  q = fma(q, f, -0.5f);
  // ln 2 = 0x1.62e4p-1 (15 bits, so k·hi is exact) + 0x1.7f7d1cp-20; hi + lo is the exact k·ln2_hi
  // + f
  const float base = k * 0x1.62e4p-1f;
  const float hi = base + f;
  const float lo = f - (hi - base);
  return hi + fma(f * f, q, fma(k, 0x1.7f7d1cp-20f, lo));
}

/// ±0 -> -inf, x < 0 -> NaN, inf -> inf.
DACT_INLINE float log_edges(float x, float y) {
  const float at_most_zero = x == 0.0f ? -inf_f() : nan_f();
  const float high = x < inf_f() ? y : x;
  return x > 0.0f ? high : at_most_zero;
}

/// Natural logarithm.
DACT_INLINE float log(float x) {
  const LogParts p = log_parts(x);
  return log_edges(x, log_of(p.m - 1.0f, static_cast<float>(p.k)));
}

/// log(1 + x); -0 -> -0, -1 -> -inf.
DACT_INLINE float log1p(float x) {
  // 1 + x = u + lost, exactly (Knuth's two-sum); beyond 2^30 `lost` no longer counts
  const float u = 1.0f + x;
  const float one = u - x;
  const float lost = (1.0f - one) + (x - (u - one));
  const LogParts p = log_parts(u);
  const float back = pow2(p.k > 30 ? 0 : -p.k);
  const float f = fma(p.k > 30 ? 0.0f : lost, back, p.m - 1.0f);
  const float y = log_edges(u, log_of(f, static_cast<float>(p.k)));
  return abs(x) < 0x1p-25f ? x : y;
}

/// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|).
DACT_INLINE float softplus(float x) {
  const float e = exp_up(minus_abs(x, 110.0f)) * kDown;
  // 1 + e in (1, 2]: from 0.4143 on halved, log(1 + e) = ln 2 + log(1 + (e - 1)/2)
  const bool half = e > 0.4142f;
  const float y = log_of(half ? (e - 1.0f) * 0.5f : e, half ? 1.0f : 0.0f);
  return (x > 0.0f ? x : 0.0f) + (e < 0x1p-25f ? e : y);
}

/// log2 |x| in double; 0 -> -inf, inf -> inf. atanh(s) = s + s³·q(s²), s = (m-1)/(m+1), |s| <=
/// 0.1716. q on [0, 0.02944], degree 5, Remez, rounded to double: relative error of atanh 1.9e-16
/// (2^-52.2).
DACT_INLINE double log2_abs(float x) {
  const float ax = abs(x);
  const LogParts p = log_parts(ax);
  // the mantissa of 0, inf and NaN is finite: the edge goes into k
  const float finite = ax == 0.0f ? -inf_f() : static_cast<float>(p.k);
  const float k = ax < inf_f() ? finite : ax;
  const double f = static_cast<double>(p.m) - 1.0;
  const double s = f / (f + 2.0);
  const double u = s * s;
  double q = 0x1.587928afd91d7p-4;
  q = fma(q, u, 0x1.732c044a89c51p-4);
  q = fma(q, u, 0x1.c722790c2bd14p-4);
  q = fma(q, u, 0x1.2492417619573p-3);
  q = fma(q, u, 0x1.999999a295cdfp-3);
  q = fma(q, u, 0x1.555555555395cp-2);
  const double at = fma(s * u, q, s);
  return fma(at, 2.0 * 0x1.71547652b82fep+0, static_cast<double>(k));  // 2 atanh(s) / ln 2 + k
}

/// 2^t rounded to float once (subnormals too), for |t| <= 200.
/// (2^r - 1)/r on [-1/2, 1/2], degree 7, Remez weighted by r, rounded to double: relative
/// error 7.9e-13 (2^-40.2).
DACT_INLINE float exp2_of(double t) {
  constexpr double magic = 0x1.8p52;
  const double shifted = t + magic;
  const double r = t - (shifted - magic);
  double q = 0x1.640a8b68598adp-20;
  q = fma(q, r, 0x1.00dc190d7dc22p-16);
  q = fma(q, r, 0x1.43087495f4836p-13);
  q = fma(q, r, 0x1.5d874613e1583p-10);
  q = fma(q, r, 0x1.3b2ab73958228p-7);
  q = fma(q, r, 0x1.c6b08dd66cefbp-5);
  q = fma(q, r, 0x1.ebfbdff80cea5p-3);
  q = fma(q, r, 0x1.62e42fef853cap-1);
  const double power = double_of((bits_of(shifted) + 1023u) << 52);
  return static_cast<float>(fma(q, r, 1.0) * power);
}

/// x^y with the special cases of C99 F.9.4.4. The inner arithmetic is double: y·log2 x needs 32
/// good bits.
DACT_INLINE float pow(float x, float y) {
  const float ax = abs(x);
  // (+-1)^+-inf = 1: y = 0 gives that, 0·inf would not
  const std::uint32_t unit = mask_of(ax == 1.0f) & mask_of(abs(y) == inf_f());
  const float finite = float_of(bits_of(y) & ~unit);
  const double product = static_cast<double>(finite) * log2_abs(x);
  // |product| clamped to 200 by its bits: two compares with constants would split the loop into
  // cases
  const std::uint64_t size = bits_of(product) & ~kSign64, limit = bits_of(200.0);
  const std::uint64_t clamped = (size < limit ? size : limit) | (bits_of(product) & kSign64);
  const std::uint32_t magnitude = bits_of(exp2_of(double_of(clamped)));
  // y odd: below 2^23 the addition leaves round(|y|) in the low bits; from 2^24 on every float is
  // even
  const float ay = abs(y), shifted = ay + 0x1p23f;
  const std::uint32_t below23 = mask_of(ay < 0x1p23f);
  const std::uint32_t integer = mask_of(shifted - 0x1p23f == ay) | ~below23;
  const std::uint32_t low = pick(below23, bits_of(shifted), bits_of(y));
  const std::uint32_t odd = (low << 31) & integer & mask_of(ay < 0x1p24f);
  const std::uint32_t r = magnitude ^ (bits_of(x) & odd);
  const std::uint32_t undefined = (mask_of(x < 0.0f) & mask_of(ax < inf_f()) & ~integer) |
                                  mask_of(isnan(x)) | mask_of(isnan(y));
  const std::uint32_t one = mask_of(x == 1.0f) | mask_of(y == 0.0f);
  return float_of(pick(one, bits_of(1.0f), r | (undefined & 0x7fc00000u)));
}

}  // namespace dact::math
