#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = sin x;   dy/dx = cos x
struct sin_fn {
  static constexpr int heavy = kForward | kBackward;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::sin(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T x, T) const {
    return g * math::cos(x);
  }
  DACT_INLINE float near_f(float x) const { return math::sin_near(x); }
  DACT_INLINE float near_df(float g, float x, float) const { return g * math::cos_near(x); }
};

}  // namespace dact
