#pragma once
#include "tensor/math.hpp"

namespace dact {

/// y = max(x, 0);   dy/dx = 1 where y > 0, else 0
struct relu_fn {
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::relu(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T, T y) const {
    return y > T(0) ? g : T(0);
  }
};

}  // namespace dact
