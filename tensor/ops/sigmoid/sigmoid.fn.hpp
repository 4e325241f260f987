#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = 1 / (1 + e^-x);   dy/dx = y (1 - y)
struct sigmoid_fn {
  static constexpr int heavy = kForward;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::sigmoid(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T, T y) const {
    return g * (y * (T(1) - y));
  }
};

}  // namespace dact
