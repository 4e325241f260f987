#pragma once
#include "tensor/math.hpp"

namespace dact {

/// y = 1 / x;   dy/dx = -1 / x^2 = -y^2
struct reciprocal_fn {
  template <class T>
  DACT_INLINE T f(T x) const {
    return T(1) / x;
  }
  template <class T>
  DACT_INLINE T df(T g, T, T y) const {
    return -g * (y * y);
  }
};

}  // namespace dact
