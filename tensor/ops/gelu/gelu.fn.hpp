#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = x Phi(x), Phi(x) = (1 + erf(x / sqrt 2)) / 2;   dy/dx = Phi(x) + x phi(x), phi(x) = exp(-x^2 / 2) / sqrt(2 pi)
struct gelu_fn {
  static constexpr int heavy = kForward | kBackward;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::gelu(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T x, T) const {
    constexpr T sqrt_half = T(0.70710678118654752), inv_sqrt_2_pi = T(0.39894228040143268);
    const T cdf = math::fma(T(0.5), math::erf(x * sqrt_half), T(0.5));
    const T pdf = inv_sqrt_2_pi * math::exp(T(-0.5) * x * x);
    return g * math::fma(x, pdf, cdf);
  }
};

}  // namespace dact
