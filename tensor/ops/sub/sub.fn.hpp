#pragma once
#include "tensor/ops/elementwise/types.hpp"

namespace dact {

/// y = a - b; integers wrap (NUMERICS.md 8).
struct sub_fn {
  static constexpr int types = kFloats | kIntegers;
  template <class T>
  DACT_INLINE static T f(T a, T b) {
    return math::wrapping_sub(a, b);
  }
};

}  // namespace dact
