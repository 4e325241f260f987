#pragma once
#include "tensor/math.hpp"

namespace dact {

/// y = round x, ties to even
struct round_fn {
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::round(x);
  }
};

}  // namespace dact
