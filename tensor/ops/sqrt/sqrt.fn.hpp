#pragma once
#include "tensor/math.hpp"

namespace dact {

/// y = sqrt x;   dy/dx = 1 / (2 y)
struct sqrt_fn {
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::sqrt(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T, T y) const {
    return T(0.5) * g / y;
  }
};

}  // namespace dact
