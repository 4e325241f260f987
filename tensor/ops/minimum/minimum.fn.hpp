#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/types.hpp"

namespace dact {

/// y = min(a, b);   the gradient goes to the winner, half to each at a tie (NUMERICS.md 8)
struct minimum_fn {
  static constexpr int types = kFloats | kIntegers;
  template <class T>
  DACT_INLINE static T f(T a, T b) {
    if constexpr (type_group<T> == kFloats)
      return math::min(a, b);
    else
      return a < b ? a : b;
  }
  template <class T>
  DACT_INLINE static T da(T g, T a, T b) {
    const T lost = a == b ? T(0.5) * g : T(0);
    const T d = a < b ? g : lost;
    return math::isnan(a) ? g : d;
  }
  template <class T>
  DACT_INLINE static T db(T g, T a, T b) {
    const T lost = a == b ? T(0.5) * g : T(0);
    const T d = b < a ? g : lost;
    const T alone = math::isnan(b) ? g : d;
    return math::isnan(a) ? T(0) : alone;
  }
};

}  // namespace dact
