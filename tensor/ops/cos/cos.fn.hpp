#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = cos x;   dy/dx = -sin x
struct cos_fn {
  static constexpr int heavy = kForward | kBackward;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::cos(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T x, T) const {
    return -g * math::sin(x);
  }
  DACT_INLINE float near_f(float x) const { return math::cos_near(x); }
  DACT_INLINE float near_df(float g, float x, float) const { return -g * math::sin_near(x); }
};

}  // namespace dact
