// Neighbouring channels at once: `Pack`, one register of floats of the instruction set this copy is
// compiled for. Kernels are written over V = Pack, float or double and round the same in each lane.
#pragma once
#include <cstdint>

#include "tensor/math_bits.hpp"
#include "tensor/sum.hpp"
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace dact::DACT_ISA {
namespace {

#if defined(__AVX512F__)
inline constexpr int kPack = 16;
#elif defined(__AVX2__)
inline constexpr int kPack = 8;
#else
inline constexpr int kPack = 4;
#endif
typedef float Pack __attribute__((vector_size(4 * kPack)));
typedef std::int32_t PackBits __attribute__((vector_size(4 * kPack)));

template <class V>
inline constexpr bool kIsPack = false;
template <>
inline constexpr bool kIsPack<Pack> = true;
template <class T>
inline constexpr bool kIsFloat = false;
template <>
inline constexpr bool kIsFloat<float> = true;

template <class V, class T>
DACT_INLINE V load(const T* p) {
  V v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
template <class V, class T>
DACT_INLINE void store(T* p, V v) {
  __builtin_memcpy(p, &v, sizeof v);
}
/// s in every lane.
template <class V, class T>
DACT_INLINE V splat(T s) {
  if constexpr (kIsPack<V>)
    return s - V{};  // s - +0 is s, for -0 too
  else
    return s;
}

DACT_INLINE float fma(float a, float b, float c) { return math::fma(a, b, c); }
DACT_INLINE double fma(double a, double b, double c) { return math::fma(a, b, c); }
DACT_INLINE Pack fma(Pack a, Pack b, Pack c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__AVX2__)
  return _mm256_fmadd_ps(a, b, c);
#else
  for (int j = 0; j < kPack; ++j) c[j] = __builtin_fmaf(a[j], b[j], c[j]);
  return c;
#endif
}

/// body.operator()<V>(c) over channels [0, channels): packs first (float only), then single ones.
template <class T, class F>
DACT_INLINE void over_channels(std::int64_t channels, F&& body) {
  std::int64_t c = 0;
  if constexpr (kIsFloat<T>)
    for (; c + kPack <= channels; c += kPack) body.template operator()<Pack>(c);
  for (; c < channels; ++c) body.template operator()<T>(c);
}

/// sum of value(0) .. value(n-1) by the tree of NUMERICS.md 4, called in ascending order.
template <class V, class F>
DACT_INLINE V pack_sum(std::int64_t n, F&& value) {
  if (n > kChunk) {
    SumTree<V> tree;
    for (std::int64_t i = 0; i < n; ++i) tree.push(value(i));
    return tree.finish();
  }
  const int used = n < kLanes ? static_cast<int>(n) : kLanes;
  V lane[kLanes];
  for (int j = 0; j < used; ++j) lane[j] = V{} + value(j);
  for (std::int64_t i = used; i < n; ++i) {
    V& slot = lane[i % kLanes];
    slot = slot + value(i);
  }
  // lanes above `used` are +0, and adding +0 to a sum that began at +0 changes nothing
  int live = used;
  for (int half = kLanes / 2; half > 0; half /= 2) {
    for (int j = 0; j + half < live; ++j) lane[j] = lane[j] + lane[j + half];
    if (live > half) live = half;
  }
  return n > 0 ? lane[0] : V{};
}

}  // namespace
}  // namespace dact::DACT_ISA
