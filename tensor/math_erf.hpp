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
/// Phi(-a) = g(a)·e^(-a²/2); g in t = (a - 3)/(a + 3) on [-1, 2/3], degree 9, Remez weighted by
/// 1/g, rounded to float: relative error 1.4e-8 (2^-26.1). a² is kept in two floats: the tail loses
/// no digits.
DACT_INLINE float gelu(float x) {
  const float ax = abs(x);
  const float a = ax > 15.0f ? 15.0f : ax;  // 15·Phi(-15) is below half the smallest float
  const float t = (a - 3.0f) / (a + 3.0f);
  float g = 0x1.be505p-15f;
  g = fma(g, t, 0x1.e2f346p-14f);
  g = fma(g, t, -0x1.63a33p-12f);
  g = fma(g, t, -0x1.01d5b4p-10f);
  g = fma(g, t, 0x1.7cb356p-9f);
  g = fma(g, t, 0x1.91df64p-8f);
  g = fma(g, t, -0x1.7a9456p-5f);
  g = fma(g, t, 0x1.f8baccp-4f);
  g = fma(g, t, -0x1.a6b66ap-3f);
  g = fma(g, t, 0x1.f1b89cp-4f);
  const float z = -0.5f * a * a;
  const float z_lo = fma(-0.5f * a, a, -z);
  const ExpParts e = exp_parts(z);
  const float tail = a * (g * exp_of(e.r + z_lo));  // times 2^n: a·Phi(-a)
  const std::int32_t half = e.n >> 1;
  const float scaled = tail * pow2(half) * pow2(e.n - half);
  return x > 0.0f ? x - scaled : mul_sign(scaled, x);
}

}  // namespace dact::math
