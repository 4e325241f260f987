#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = log(1 + x);   dy/dx = 1 / (1 + x)
struct log1p_fn {
  static constexpr int heavy = kForward;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::log1p(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T x, T) const {
    return g / (T(1) + x);
  }
};

}  // namespace dact
