#pragma once
#include "tensor/math.hpp"

namespace dact {

/// y = |x|;   dy/dx = sign(x), 0 at 0 (NUMERICS.md 8). Chosen, not multiplied: g = inf at x = 0 gives 0, not NaN.
struct abs_fn {
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::abs(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T x, T) const {
    const T side = x > T(0) ? g : (x < T(0) ? -g : T(0));
    return math::isnan(x) ? x : side;
  }
};

}  // namespace dact
