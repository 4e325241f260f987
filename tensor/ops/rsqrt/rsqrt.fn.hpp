#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = x^(-1/2);   dy/dx = -1/2 x^(-3/2) = -y^3 / 2
struct rsqrt_fn {
  static constexpr int heavy = kForward;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::rsqrt(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T, T y) const {
    return T(-0.5) * g * (y * y * y);
  }
};

}  // namespace dact
