// Integer arithmetic that wraps (NUMERICS.md 8); floats pass through to the plain operator.
#pragma once
#include <cstdint>

#include "tensor/inline.hpp"

namespace dact::math {

DACT_INLINE float wrapping_add(float a, float b) { return a + b; }
DACT_INLINE double wrapping_add(double a, double b) { return a + b; }
DACT_INLINE float wrapping_sub(float a, float b) { return a - b; }
DACT_INLINE double wrapping_sub(double a, double b) { return a - b; }
DACT_INLINE float wrapping_mul(float a, float b) { return a * b; }
DACT_INLINE double wrapping_mul(double a, double b) { return a * b; }

// Through uint64: signed overflow would be undefined, and unsigned arithmetic is the wrap that the law asks for.
template <class T>
DACT_INLINE T wrapping_add(T a, T b) {
  return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
template <class T>
DACT_INLINE T wrapping_sub(T a, T b) {
  return static_cast<T>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
template <class T>
DACT_INLINE T wrapping_mul(T a, T b) {
  return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

}  // namespace dact::math
