// sin, cos and tan of arrays: the bits of the plain loop, several times faster where a block of 64
// holds no |x| from 32768 on (nor NaN), because such a block needs only the short argument reduction.
#pragma once
#include <cstdint>

#include "tensor/math_trig.hpp"

namespace dact::math {

inline constexpr std::int64_t kNearBlock = 64;

/// Every |x[i]| < kNear, so that sin_near, cos_near and tan_near may be used.
DACT_INLINE bool all_near(const float* x, std::int64_t n) {
  std::uint32_t largest = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint32_t size = bits_of(x[i]) & ~kSign;
    largest = size > largest ? size : largest;
  }
  return largest < bits_of(kNear);
}

// Structs, not lambdas: an operator() that is not inlined would be shared by all instruction sets.
struct SinPair {
  static DACT_INLINE float near(float x) { return sin_near(x); }
  static DACT_INLINE float any(float x) { return sin(x); }
};
struct CosPair {
  static DACT_INLINE float near(float x) { return cos_near(x); }
  static DACT_INLINE float any(float x) { return cos(x); }
};
struct TanPair {
  static DACT_INLINE float near(float x) { return tan_near(x); }
  static DACT_INLINE float any(float x) { return tan(x); }
};

/// y[i] = f(x[i]); x and y may be the same array.
template <class Pair>
DACT_INLINE void near_array(const float* x, float* y, std::int64_t n) {
  for (std::int64_t at = 0; at < n; at += kNearBlock) {
    const std::int64_t end = n - at < kNearBlock ? n : at + kNearBlock;
    if (all_near(x + at, end - at)) {
      for (std::int64_t i = at; i < end; ++i) y[i] = Pair::near(x[i]);
    } else {
      for (std::int64_t i = at; i < end; ++i) y[i] = Pair::any(x[i]);
    }
  }
}
DACT_INLINE void sin_array(const float* x, float* y, std::int64_t n) {
  near_array<SinPair>(x, y, n);
}
DACT_INLINE void cos_array(const float* x, float* y, std::int64_t n) {
  near_array<CosPair>(x, y, n);
}
DACT_INLINE void tan_array(const float* x, float* y, std::int64_t n) {
  near_array<TanPair>(x, y, n);
}

}  // namespace dact::math
