#pragma once
#include "tensor/math.hpp"

namespace dact {

/// y = x s(x), s(x) = 1 / (1 + exp(-x));   dy/dx = s + x s (1 - s) = s + y (1 - s)
struct silu_fn {
  DACT_INLINE silu_fn(double, double) {}
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::silu(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T x, T y) const {
    const T s = math::sigmoid(x);
    return g * math::fma(y, T(1) - s, s);
  }
};

}  // namespace dact
