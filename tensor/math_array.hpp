// sin, cos and tan of arrays: the bits of the plain loop, several times faster where a block of 64
// holds no |x| from 32768 on (nor NaN), because such a block needs only the short argument
// reduction.
#pragma once
#include <cstdint>

#include "tensor/math_trig.hpp"

namespace dact::math {

inline constexpr std::int64_t kNearBlock = 64;

/// y[i] = near(x[i]) in blocks where every |x| < kNear, else any(x[i]). x and y may be the same.
template <class Near, class Any>
DACT_INLINE void by_blocks(const float* x, float* y, std::int64_t n, Near near, Any any) {
  for (std::int64_t at = 0; at < n; at += kNearBlock) {
    const std::int64_t end = n - at < kNearBlock ? n : at + kNearBlock;
    std::uint32_t largest = 0;
    for (std::int64_t i = at; i < end; ++i) {
      const std::uint32_t size = bits_of(x[i]) & ~kSign;
      largest = size > largest ? size : largest;
    }
    if (largest < bits_of(kNear)) {
      for (std::int64_t i = at; i < end; ++i) y[i] = near(x[i]);
    } else {
      for (std::int64_t i = at; i < end; ++i) y[i] = any(x[i]);
    }
  }
}

DACT_INLINE void sin_array(const float* x, float* y, std::int64_t n) {
  by_blocks(
      x, y, n, [](float v) { return sin_near(v); }, [](float v) { return sin(v); });
}
DACT_INLINE void cos_array(const float* x, float* y, std::int64_t n) {
  by_blocks(
      x, y, n, [](float v) { return cos_near(v); }, [](float v) { return cos(v); });
}
DACT_INLINE void tan_array(const float* x, float* y, std::int64_t n) {
  by_blocks(
      x, y, n, [](float v) { return tan_near(v); }, [](float v) { return tan(v); });
}

}  // namespace dact::math
