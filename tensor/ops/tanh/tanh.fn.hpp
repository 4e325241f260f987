#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = tanh x;   dy/dx = 1 - y^2
struct tanh_fn {
  static constexpr int heavy = kForward;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::tanh(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T, T y) const {
    return g * math::fma(-y, y, T(1));
  }
};

}  // namespace dact
