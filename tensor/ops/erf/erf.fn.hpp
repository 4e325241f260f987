#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = erf x;   dy/dx = 2 / sqrt(pi) exp(-x^2)
struct erf_fn {
  static constexpr int heavy = kForward | kBackward;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::erf(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T x, T) const {
    constexpr T two_over_sqrt_pi = T(1.1283791670955126);
    return g * (two_over_sqrt_pi * math::exp(-(x * x)));
  }
};

}  // namespace dact
