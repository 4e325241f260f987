#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/types.hpp"

namespace dact {

/// y = a / b;   dy/da = 1 / b,  dy/db = -a / b^2 = -y / b
struct div_fn {
  static constexpr int types = kFloats;
  template <class T>
  DACT_INLINE static T f(T a, T b) {
    return a / b;
  }
  template <class T>
  DACT_INLINE static T da(T g, T, T b) {
    return g / b;
  }
  template <class T>
  DACT_INLINE static T db(T g, T a, T b) {
    return -(g * (a / b)) / b;
  }
};

}  // namespace dact
