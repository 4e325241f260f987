#pragma once
#include "tensor/math.hpp"

namespace dact {

/// y = ceil x
struct ceil_fn {
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::ceil(x);
  }
};

}  // namespace dact
