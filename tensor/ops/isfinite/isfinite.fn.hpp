#pragma once
#include "tensor/math.hpp"

namespace dact {

/// y = |x| < inf
struct isfinite_fn {
  template <class T>
  DACT_INLINE bool f(T x) const {
    return math::isfinite(x);
  }
};

}  // namespace dact
