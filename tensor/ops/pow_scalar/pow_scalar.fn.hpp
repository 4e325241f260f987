#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = x^p;   dy/dx = p x^(p - 1), 0 where p = 0
struct pow_scalar_fn {
  double exponent;
  static constexpr int heavy = kForward | kBackward;
  template <class T>
  DACT_INLINE T f(T x) const {
    return math::pow(x, static_cast<T>(exponent));
  }
  template <class T>
  DACT_INLINE T df(T g, T x, T) const {
    const T p = static_cast<T>(exponent);
    const T slope = p * math::pow(x, static_cast<T>(exponent - 1));
    return p == T(0) ? T(0) : g * slope;
  }
};

}  // namespace dact
