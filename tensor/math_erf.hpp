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
/// Phi(-a) = h(t)/(a + 3)·e^(-a²/2), t = (a - 3)/(a + 3) = 2v - 1 with v = a/(a + 3): a·Phi(-a) =
/// v·h·e^(-a²/2). h in t on [-1, 0.659], degree 10, Remez weighted by 1/h, rounded to float:
/// relative error 3.7e-8 (2^-24.7). a² is kept in two floats: the tail loses no digits.
DACT_INLINE float gelu(float x) {
  const float a = -minus_abs(x, 15.0f);  // 15·Phi(-15) is below half the smallest float
  const float v = a / (a + 3.0f);
  const float t = fma(2.0f, v, -1.0f);
  float h = 0x1.66ed2ap-15f;
  h = fma(h, t, 0x1.46c1c2p-13f);
  h = fma(h, t, -0x1.79a6e0p-13f);
  h = fma(h, t, -0x1.11d9880p-10f);
  h = fma(h, t, 0x1.fc2912p-11f);
  h = fma(h, t, 0x1.c8b84ap-8f);
  h = fma(h, t, -0x1.564a0ep-7f);
  h = fma(h, t, -0x1.832c1cp-5f);
  h = fma(h, t, 0x1.d712a4p-3f);
  h = fma(h, t, -0x1.04c72ap-1f);
  h = fma(h, t, 0x1.754a76p-1f);
  const float half = -0.5f * a;
  const float z = half * a;
  const float e = exp_up(z, fma(half, a, -z));
  const float tail = v * h * e * kDown;  // a·Phi(-a)
  return x > 0.0f ? x - tail : mul_sign(tail, x);
}

}  // namespace dact::math
