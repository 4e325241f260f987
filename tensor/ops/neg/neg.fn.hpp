#pragma once
#include "tensor/math.hpp"

namespace dact {

/// y = -x;   dy/dx = -1
struct neg_fn {
  template <class T>
  DACT_INLINE T f(T x) const {
    return -x;
  }
  template <class T>
  DACT_INLINE T df(T g, T, T) const {
    return -g;
  }
};

}  // namespace dact
