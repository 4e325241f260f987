#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = acos x;   dy/dx = -1 / sqrt(1 - x^2)
struct acos_fn {
  static constexpr int heavy = kForward;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::acos(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T x, T) const {
    return -g / math::sqrt(math::fma(-x, x, T(1)));
  }
};

}  // namespace dact
