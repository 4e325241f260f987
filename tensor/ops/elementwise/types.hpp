// Which element types a functor serves, and integer arithmetic that wraps (NUMERICS.md 8).
#pragma once
#include <cstdint>

#include "tensor/inline.hpp"

namespace dact {

inline constexpr int kFloats = 1, kIntegers = 2, kBools = 4;

template <class T>
inline constexpr int type_group = kIntegers;
template <>
inline constexpr int type_group<float> = kFloats;
template <>
inline constexpr int type_group<double> = kFloats;
template <>
inline constexpr int type_group<bool> = kBools;

namespace math {

// Through uint64: signed overflow would be undefined, and unsigned arithmetic is the wrap that the law asks for.
template <class T>
DACT_INLINE T wrapping_add(T a, T b) {
  if constexpr (type_group<T> == kFloats)
    return a + b;
  else
    return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
template <class T>
DACT_INLINE T wrapping_sub(T a, T b) {
  if constexpr (type_group<T> == kFloats)
    return a - b;
  else
    return static_cast<T>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
template <class T>
DACT_INLINE T wrapping_mul(T a, T b) {
  if constexpr (type_group<T> == kFloats)
    return a * b;
  else
    return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

}  // namespace math
}  // namespace dact
