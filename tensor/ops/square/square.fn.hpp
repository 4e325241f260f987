#pragma once
#include "tensor/math.hpp"

namespace dact {

/// y = x^2;   dy/dx = 2 x
struct square_fn {
  template <class T>
  DACT_INLINE T f(T x) const {
    return x * x;
  }
  template <class T>
  DACT_INLINE T df(T g, T x, T) const {
    return T(2) * x * g;
  }
};

}  // namespace dact
