#pragma once
#include "tensor/ops/elementwise/types.hpp"

namespace dact {

/// y = a and b
struct logical_and_fn {
  static constexpr int types = kBools;
  template <class T>
  DACT_INLINE static bool f(T a, T b) {
    return (a & b) != 0;
  }
};

/// y = a or b
struct logical_or_fn {
  static constexpr int types = kBools;
  template <class T>
  DACT_INLINE static bool f(T a, T b) {
    return (a | b) != 0;
  }
};

}  // namespace dact
