#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = log(1 + e^x);   dy/dx = 1 / (1 + e^-x)
struct softplus_fn {
  static constexpr int heavy = kForward | kBackward;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::softplus(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T x, T) const {
    return g * math::sigmoid(x);
  }
};

}  // namespace dact
