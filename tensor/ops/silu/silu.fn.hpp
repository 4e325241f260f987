#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = x s(x), s(x) = 1 / (1 + exp(-x));   dy/dx = s + x s (1 - s)
struct silu_fn {
  static constexpr int heavy = kForward | kBackward;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::silu(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T x, T) const {
    const T s = math::sigmoid(x);
    return g * math::fma(x * s, T(1) - s, s);
  }
};

}  // namespace dact
