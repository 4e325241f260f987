// The summation tree in SIMD form, for values side by side. Results side by side: columns.hpp.
#pragma once
#include <cstdint>

#include "tensor/inline.hpp"
#include "tensor/sum.hpp"

namespace dact::DACT_ISA {
namespace {

// The 16 lanes as registers of this instruction set: a vector type wider than those would live in
// memory.
#if defined(__AVX512F__)
inline constexpr int kPart = 16;
#elif defined(__AVX__)
inline constexpr int kPart = 8;
#else
inline constexpr int kPart = 4;
#endif
inline constexpr int kParts = kLanes / kPart;
typedef float Part __attribute__((vector_size(kPart * 4)));
typedef std::int32_t IntPart __attribute__((vector_size(kPart * 4)));
struct Lanes {
  Part part[kParts];
};

/// f(Part) of every part.
template <class F>
DACT_INLINE Lanes each_part(Lanes a, F&& f) {
#pragma GCC unroll 4
  for (int p = 0; p < kParts; ++p) a.part[p] = f(a.part[p]);
  return a;
}
DACT_INLINE Lanes operator+(Lanes a, const Lanes& b) {
#pragma GCC unroll 4
  for (int p = 0; p < kParts; ++p) a.part[p] = a.part[p] + b.part[p];
  return a;
}
DACT_INLINE Lanes operator*(Lanes a, const Lanes& b) {
#pragma GCC unroll 4
  for (int p = 0; p < kParts; ++p) a.part[p] = a.part[p] * b.part[p];
  return a;
}
DACT_INLINE Lanes operator-(Lanes a, float b) {
  return each_part(a, [&](Part v) { return v - b; });
}

DACT_INLINE Part load_part(const float* p) {
  Part v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
DACT_INLINE Lanes load_lanes(const float* p) {
  Lanes v;
#pragma GCC unroll 4
  for (int k = 0; k < kParts; ++k) v.part[k] = load_part(p + k * kPart);
  return v;
}

/// One chunk of n <= 1024 values side by side; load(i) gives values i .. i + 15 as Lanes, tail(i) one value.
template <class Load, class Tail>
DACT_INLINE float chunk_of_rows(std::int64_t n, Load&& load, Tail&& tail) {
  Lanes acc = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) acc = acc + load(i);
  float lane[kLanes];
  __builtin_memcpy(lane, &acc, sizeof lane);
  for (int j = 0; i + j < n; ++j) lane[j] = lane[j] + tail(i + j);
  return fold_lanes(lane);
}

/// lane_sum over values side by side, by the same tree.
template <class Load, class Tail>
DACT_INLINE float sum_of_row(std::int64_t n, Load&& load, Tail&& tail) {
  if (n <= kChunk) return chunk_of_rows(n, load, tail);
  SumTree<float> tree;
  for (std::int64_t at = 0; at < n; at += kChunk)
    tree.push(chunk_of_rows(
        n - at < kChunk ? n - at : kChunk, [&](std::int64_t i) { return load(at + i); },
        [&](std::int64_t i) { return tail(at + i); }));
  return tree.finish();
}

}  // namespace
}  // namespace dact::DACT_ISA
