// One element from one dtype to another, for the CPU and for kernels.
#pragma once
#include <type_traits>

#include "tensor/dtype.hpp"
#include "tensor/math_bits.hpp"
#include "tensor/math_cast.hpp"

namespace dact {

template <class T>
DACT_INLINE float widen(T v) {
  if constexpr (std::is_same_v<T, bf16>)
    return math::from_bf16_bits(v.bits);
  else
    return math::from_f16_bits(v.bits);
}
template <class T>
inline constexpr bool is_half = std::is_same_v<T, bf16> || std::is_same_v<T, f16>;

// A half of a number that f32 may not hold comes from double, rounded once.
template <class T>
DACT_INLINE auto half_source(T v) {
  if constexpr (std::is_same_v<T, float>)
    return v;
  else
    return static_cast<double>(v);
}

/// NUMERICS.md 8: truncate, saturate, NaN -> 0; to halves to nearest even.
template <class To, class From>
DACT_INLINE To convert(From v) {
  if constexpr (std::is_same_v<To, From>)
    return v;
  else if constexpr (is_half<From>)
    return convert<To>(widen(v));
  else if constexpr (std::is_same_v<To, bf16>)
    return To{math::to_bf16_bits(half_source(v))};
  else if constexpr (std::is_same_v<To, f16>)
    return To{math::to_f16_bits(half_source(v))};
  else if constexpr (std::is_same_v<To, bool>)
    return v != From(0);
  else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>)
    return math::to_integer<To>(v);
  else
    return static_cast<To>(v);  // between floats, int to float, int to int (wraps)
}

}  // namespace dact
