#pragma once
#include "tensor/ops/elementwise/types.hpp"

namespace dact {

/// y = x where x > 0, else w x;   dy/dx = 1 or w,  dy/dw = 0 or x
struct prelu_fn {
  static constexpr int types = kFloats;
  template <class T>
  DACT_INLINE static T f(T x, T w) {
    const T low = w * x;
    return x > T(0) ? x : low;
  }
  template <class T>
  DACT_INLINE static T da(T g, T x, T w) {
    const T low = w * g;
    return x > T(0) ? g : low;
  }
  template <class T>
  DACT_INLINE static T db(T g, T x, T) {
    const T low = g * x;
    return x > T(0) ? T(0) : low;
  }
};

}  // namespace dact
