#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/types.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact {

/// z = atan2(y, x);   dz/dy = x / (x^2 + y^2),  dz/dx = -y / (x^2 + y^2), 0 at the origin
struct atan2_fn {
  static constexpr int types = kFloats;
  static constexpr int heavy = kForward | kBackward;
  template <class T>
  DACT_INLINE static T f(T y, T x) {
    return math::atan2(y, x);
  }
  template <class T>
  DACT_INLINE static T da(T g, T y, T x) {
    // divided by the larger of |x| and |y| first, so that no square overflows: t = smaller / larger
    const bool steep = math::abs(y) > math::abs(x);
    const T large = steep ? y : x, small = steep ? x : y;
    const T t = small / large, q = g / (large * math::fma(t, t, T(1)));
    const T d = steep ? q * t : q;
    return large == T(0) ? T(0) : d;
  }
  template <class T>
  DACT_INLINE static T db(T g, T y, T x) {
    const bool steep = math::abs(y) > math::abs(x);
    const T large = steep ? y : x, small = steep ? x : y;
    const T t = small / large, q = g / (large * math::fma(t, t, T(1)));
    const T d = steep ? -q : -(q * t);
    return large == T(0) ? T(0) : d;
  }
};

}  // namespace dact
