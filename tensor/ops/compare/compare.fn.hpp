#pragma once
#include "tensor/ops/elementwise/types.hpp"

namespace dact {

/// y = a == b
struct eq_fn {
  static constexpr int types = kFloats | kIntegers | kBools;
  template <class T>
  DACT_INLINE static bool f(T a, T b) {
    return a == b;
  }
};

/// y = a != b
struct ne_fn {
  static constexpr int types = kFloats | kIntegers | kBools;
  template <class T>
  DACT_INLINE static bool f(T a, T b) {
    return a != b;
  }
};

/// y = a < b
struct lt_fn {
  static constexpr int types = kFloats | kIntegers;
  template <class T>
  DACT_INLINE static bool f(T a, T b) {
    return a < b;
  }
};

/// y = a <= b
struct le_fn {
  static constexpr int types = kFloats | kIntegers;
  template <class T>
  DACT_INLINE static bool f(T a, T b) {
    return a <= b;
  }
};

/// y = a > b
struct gt_fn {
  static constexpr int types = kFloats | kIntegers;
  template <class T>
  DACT_INLINE static bool f(T a, T b) {
    return a > b;
  }
};

/// y = a >= b
struct ge_fn {
  static constexpr int types = kFloats | kIntegers;
  template <class T>
  DACT_INLINE static bool f(T a, T b) {
    return a >= b;
  }
};

}  // namespace dact
