// The summation tree in SIMD form: 16 lanes are one vector for rows; for columns each lane is a vector of results.
#pragma once
#include <cstdint>

#include "tensor/inline.hpp"
#include "tensor/sum.hpp"

namespace dact::DACT_ISA {
namespace {

typedef float Lanes __attribute__((vector_size(64)));

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

/// The tree for kLanes neighbouring results at once: value(i) gives element i of all of them.
template <class Value>
DACT_INLINE Lanes sum_of_columns(std::int64_t n, Value&& value) {
  const auto chunk = [&](std::int64_t at, std::int64_t count) {
    Lanes lane[kLanes] = {};
    std::int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes)
      for (int j = 0; j < kLanes; ++j) lane[j] = lane[j] + value(at + i + j);
    for (int j = 0; i + j < count; ++j) lane[j] = lane[j] + value(at + i + j);
    return fold_lanes(lane);
  };
  if (n <= kChunk) return chunk(0, n);
  SumTree<Lanes> tree;
  for (std::int64_t at = 0; at < n; at += kChunk)
    tree.push(chunk(at, n - at < kChunk ? n - at : kChunk));
  return tree.finish();
}

DACT_INLINE Lanes load_lanes(const float* p) {
  Lanes v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
DACT_INLINE void store_lanes(float* p, Lanes v) { __builtin_memcpy(p, &v, sizeof v); }

}  // namespace
}  // namespace dact::DACT_ISA
