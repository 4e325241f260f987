#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = e^x;   dy/dx = y
struct exp_fn {
  static constexpr int heavy = kForward;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::exp(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T, T y) const {
    return g * y;
  }
};

}  // namespace dact
