#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = tan x;   dy/dx = 1 + y^2
struct tan_fn {
  static constexpr int heavy = kForward;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::tan(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T, T y) const {
    return math::fma(g * y, y, g);
  }
  DACT_INLINE float near_f(float x) const { return math::tan_near(x); }
};

}  // namespace dact
