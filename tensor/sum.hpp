// The one summation tree (NUMERICS.md 4), for plain loops. SIMD and CUDA kernels follow the same tree.
#pragma once
#include <cstdint>

#include "tensor/inline.hpp"

namespace dact {

inline constexpr std::int64_t kChunk = 1024;
inline constexpr int kLanes = 16;

/// Folds 16 lanes: lane[j] += lane[j + 8], then + 4, + 2, + 1.
template <class T>
DACT_INLINE T fold_lanes(T* lane) {
  for (int half = kLanes / 2; half > 0; half /= 2)
    for (int j = 0; j < half; ++j) lane[j] = lane[j] + lane[j + half];
  return lane[0];
}

/// One chunk of at most 1024 elements f(0) .. f(n-1): lane j starts at +0 and adds j, j + 16, ...
template <class T, class F>
DACT_INLINE T chunk_sum(std::int64_t n, F&& f) {
  T lane[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int j = 0; j < kLanes; ++j) lane[j] = lane[j] + f(i + j);
  for (int j = 0; i + j < n; ++j) lane[j] = lane[j] + f(i + j);
  return fold_lanes(lane);
}

/// Chunk results arrive one by one; each level of the tree is a chunk of results of the level below. No allocation.
template <class T>
struct SumTree {
  static constexpr int kLevels = 6;  // 1024^6 chunks are more than there is memory
  T lane[kLevels][kLanes] = {};
  std::int64_t count[kLevels] = {};

  DACT_INLINE void push(T v) {
    for (int level = 0;; ++level) {
      T& slot = lane[level][count[level] % kLanes];
      slot = slot + v;
      if (++count[level] < kChunk) return;
      v = take(level);
    }
  }
  /// The sum: partly filled levels are folded upwards until one result is left.
  DACT_INLINE T finish() {
    for (int level = 0; level + 1 < kLevels; ++level) {
      bool above = false;
      for (int up = level + 1; up < kLevels; ++up) above = above || count[up] != 0;
      if (count[level] == 0) {
        if (!above) return T{};
        continue;
      }
      const std::int64_t n = count[level];
      if (n == 1 && !above) return lane[level][0];
      const T v = take(level);
      T& slot = lane[level + 1][count[level + 1] % kLanes];
      slot = slot + v;
      ++count[level + 1];
    }
    return lane[kLevels - 1][0];
  }

 private:
  DACT_INLINE T take(int level) {
    const T v = fold_lanes(lane[level]);
    for (T& x : lane[level]) x = T{};
    count[level] = 0;
    return v;
  }
};

/// sum of f(0) .. f(n-1) by NUMERICS.md 4. f is called once per element, in ascending order inside a lane.
template <class T, class F>
DACT_INLINE T lane_sum(std::int64_t n, F&& f) {
  if (n <= kChunk) return chunk_sum<T>(n, f);
  SumTree<T> tree;
  for (std::int64_t at = 0; at < n; at += kChunk)
    tree.push(
        chunk_sum<T>(n - at < kChunk ? n - at : kChunk, [&](std::int64_t i) { return f(at + i); }));
  return tree.finish();
}

}  // namespace dact
