#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/types.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// y = a^b;   dy/da = b a^(b - 1), 0 where b = 0;  dy/db = y log a, 0 where a = 0 and b >= 0
struct pow_fn {
  static constexpr int types = kFloats;
  static constexpr int heavy = kForward | kBackward;
  template <class T>
  DACT_INLINE static T f(T a, T b) {
    return math::pow(a, b);
  }
  template <class T>
  DACT_INLINE static T da(T g, T a, T b) {
    const T slope = b * math::pow(a, b - T(1));
    return b == T(0) ? T(0) : g * slope;
  }
  template <class T>
  DACT_INLINE static T db(T g, T a, T b) {
    const T slope = math::pow(a, b) * math::log(a);
    const T at_zero = b >= T(0) ? T(0) : g * slope;
    return a == T(0) ? at_zero : g * slope;
  }
};

}  // namespace dact
