#pragma once
#include "tensor/math.hpp"

namespace dact {

/// y = (x > 0) - (x < 0)
struct sign_fn {
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::sign(x);
  }
};

}  // namespace dact
