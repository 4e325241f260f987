#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = log x;   dy/dx = 1 / x
struct log_fn {
  static constexpr int heavy = kForward;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::log(x);
  }
  template <class T>
  DACT_INLINE T df(T g, T x, T) const {
    return g / x;
  }
};

}  // namespace dact
