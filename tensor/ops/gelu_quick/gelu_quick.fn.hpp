#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = x s(c x), s the sigmoid, c = 1.702;   dy/dx = s + c x s (1 - s)
struct gelu_quick_fn {
  static constexpr int heavy = kForward | kBackward;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::gelu_quick(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T x, T) const {
    const T z = T(1.702) * x;
    const T s = math::sigmoid(z);
    return g * math::fma(z * s, T(1) - s, s);
  }
};

}  // namespace dact
