// Elementary functions, part 6: the error function and gelu. Branch-free, float only. Errors:
// tensor/MATH.md.
#pragma once
#include <cstdint>

#include "tensor/math_bits.hpp"
#include "tensor/math_exp.hpp"

namespace dact::math {

/// erf x; -0 -> -0.
/// |x| < 1: x + x·q(x²), q of degree 6 on [0, 1], Remez weighted for relative error: 1.5e-9
/// (2^-29.3). else 1 - exp(-x - x·q(x)), q of degree 5 on [0.93, 4], Remez weighted by
/// x·erfc/erf: 3.0e-9 (2^-28.3).
DACT_INLINE float erf(float x) {
  const float a = abs(x);
  const float u = x * x;
  float q = 0x1.4771fep-14f;
  q = fma(q, u, -0x1.a3515ep-11f);
  q = fma(q, u, 0x1.53f224p-8f);
  q = fma(q, u, -0x1.b7f71ap-6f);
  q = fma(q, u, 0x1.ce2ce6p-4f);
  q = fma(q, u, -0x1.81273ep-2f);
  q = fma(q, u, 0x1.06eba8p-3f);
  const float small = fma(a, q, a);
  const float b = a > 4.0f ? 4.0f : a;  // erf 3.92 already rounds to 1
  float p = -0x1.c00a8cp-13f;
  p = fma(p, b, 0x1.a5053ep-9f);
  p = fma(p, b, -0x1.76e168p-6f);
  p = fma(p, b, 0x1.af1828p-4f);
  p = fma(p, b, 0x1.457e4ap-1f);
  p = fma(p, b, 0x1.0730dap-3f);
  const ExpParts e = exp_parts(-fma(b, p, b));
  const float large = fma(-exp_of(e.r), pow2(e.n), 1.0f);
  return mul_sign(a < 1.0f ? small : large, x);
}

/// x·Phi(x) = x/2·(1 + erf(x/sqrt 2)); -0 -> -0, -inf -> -0 (the limit).
/// |x| < 1: x·(1/2 + x·q(x²)), q of degree 5 on [0, 1], Remez weighted by x²/gelu(-|x|): 2.9e-9 (2^-28.3).
/// else with a = |x|, c = 2.78125 (its rounded coefficients fit best) and v = a/(a + c):
/// a·Phi(-a) = v·h(t)·e^(-a²/2), t = (a - c)/(a + c) = 2v - 1.
/// h in t on [-0.472, 0.68], degree 9, Remez weighted by 1/h, rounded to float: 2.0e-9 (2^-28.9).
/// a² is kept in two floats: the tail loses no digits.
DACT_INLINE float gelu(float x) {
  const float u = x * x;
  float q = -0x1.12241ap-17f;
  q = fma(q, u, 0x1.e26d28p-14f);
  q = fma(q, u, -0x1.376eaep-10f);
  q = fma(q, u, 0x1.46d558p-7f);
  q = fma(q, u, -0x1.105862p-4f);
  q = fma(q, u, 0x1.988454p-2f);
  const float small = x * fma(x, q, 0.5f);

  const float a = -minus_abs(x, 15.0f);  // 15·Phi(-15) is below half the smallest float
  const float v = a / (a + 2.78125f);
  const float t = fma(2.0f, v, -1.0f);
  float h = 0x1.c02836p-14f;
  h = fma(h, t, -0x1.f886aep-12f);
  h = fma(h, t, -0x1.ef175cp-12f);
  h = fma(h, t, 0x1.3be814p-9f);
  h = fma(h, t, 0x1.ef64a0p-9f);
  h = fma(h, t, -0x1.069792p-6f);
  h = fma(h, t, -0x1.4a9e82p-6f);
  h = fma(h, t, 0x1.81f5ccp-3f);
  h = fma(h, t, -0x1.ea83d0p-2f);
  h = fma(h, t, 0x1.70d2e0p-1f);
  const float half = -0.5f * a;
  const float z = half * a;
  const ExpParts e = exp_parts(z);
  const float r = e.r + fma(half, a, -z);
  const float m = fma(exp_poly(r), r, 1.0f) * r;  // e^r - 1
  const float vh = v * h;
  const float tail = fma(vh, m, vh) * pow2(e.n + 64) * kDown;  // a·Phi(-a)
  const float large = x > 0.0f ? x - tail : mul_sign(tail, x);
  return a < 1.0f ? small : large;
}

}  // namespace dact::math
