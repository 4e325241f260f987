#pragma once
#include "tensor/math.hpp"

namespace dact {

/// y = floor x
struct floor_fn {
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::floor(x);
  }
};

}  // namespace dact
