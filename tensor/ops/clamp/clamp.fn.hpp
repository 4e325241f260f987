#pragma once
#include "tensor/math.hpp"

namespace dact {

/// y = min(max(x, lo), hi);   dy/dx = 1 where lo <= x <= hi, else 0 (NUMERICS.md 8: inclusive)
struct clamp_fn {
  double lo, hi;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::clamp(x, static_cast<T>(lo), static_cast<T>(hi));
  }
  template <class T>
  DACT_INLINE T df(T g, T x, T) const {
    const T below_hi = x <= static_cast<T>(hi) ? g : T(0);
    return x >= static_cast<T>(lo) ? below_hi : T(0);
  }
};

}  // namespace dact
