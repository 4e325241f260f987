// Reductions whose results lie side by side (channels-last pixels, first axis): the elements of one
// result are far apart, so a strip of neighbouring results goes through the summation tree
// together. Rows stream through once; the strip's 16 lanes stay in L1.
#pragma once
#include "tensor/ops/reduce/lanes.hpp"
#include "tensor/ops/reduce/moments.hpp"

namespace dact::DACT_ISA {
namespace {

// Results per strip: 16 x 128 floats of lanes are 8 KiB; 512 bytes of each row keep prefetchers busy.
inline constexpr int kStrip = 128;

/// acc[c] = one chunk of n <= 1024 elements value(i, c) for c < width <= kStrip. Rows are taken as they lie in memory:
/// their prefetcher sees one stream, and the lanes are in L1.
template <class Value>
DACT_INLINE void chunk_of_strip(std::int64_t n, int width, float* acc, Value&& value) {
  alignas(64) float lane[kLanes][kStrip] = {};
  std::int64_t i = 0;
  if (width == kStrip)  // a constant width: vector code without tails
    for (; i < n; ++i) {
      float* at = lane[i % kLanes];
      for (int c = 0; c < kStrip; ++c) at[c] = at[c] + value(i, c);
    }
  for (; i < n; ++i) {
    float* at = lane[i % kLanes];
    for (int c = 0; c < width; ++c) at[c] = at[c] + value(i, c);
  }
  for (int half = kLanes / 2; half > 0; half /= 2)
    for (int j = 0; j < half; ++j)
      for (int c = 0; c < kStrip; ++c) lane[j][c] = lane[j][c] + lane[j + half][c];
  for (int c = 0; c < width; ++c) acc[c] = lane[0][c];
}

/// Moments of one chunk for a strip: mean[c], m2[c].
template <class Value>
DACT_INLINE void chunk_moments_of_strip(std::int64_t n, int width, float* mean, float* m2,
                                        Value&& value) {
  chunk_of_strip(n, width, mean, value);
  const float count = static_cast<float>(n);
  for (int c = 0; c < width; ++c) mean[c] = mean[c] / count;
  chunk_of_strip(n, width, m2, [&](std::int64_t i, int c) {
    const float d = value(i, c) - mean[c];
    return d * d;
  });
}

/// Moments of n elements value(i, c), c < width <= kStrip; both arrays hold kStrip floats.
template <class Value>
DACT_INLINE void moments_of_strip(std::int64_t n, int width, float* mean, float* m2,
                                  Value&& value) {
  for (int c = 0; c < width; ++c) mean[c] = m2[c] = 0.0f;
  float chunk_mean[kStrip], chunk_m2[kStrip];
  for (std::int64_t at = 0; at < n; at += kChunk) {
    const std::int64_t count = n - at < kChunk ? n - at : kChunk;
    chunk_moments_of_strip(count, width, chunk_mean, chunk_m2,
                           [&](std::int64_t i, int c) { return value(at + i, c); });
    for (int c = 0; c < width; ++c) {
      Moments<float> all{mean[c], m2[c], at};
      all.merge({chunk_mean[c], chunk_m2[c], count});
      mean[c] = all.mean;
      m2[c] = all.m2;
    }
  }
}

/// Moments of one row whose values lie side by side: load(i) gives 16 of them, tail(i) one.
template <class Load, class Tail>
DACT_INLINE Moments<float> moments_of_row(std::int64_t n, Load&& load, Tail&& tail) {
  Moments<float> all;
  for (std::int64_t at = 0; at < n; at += kChunk) {
    Moments<float> c;
    c.n = n - at < kChunk ? n - at : kChunk;
    c.mean = chunk_of_rows(
                 c.n, [&](std::int64_t i) { return load(at + i); },
                 [&](std::int64_t i) { return tail(at + i); }) /
             static_cast<float>(c.n);
    c.m2 = chunk_of_rows(
        c.n,
        [&](std::int64_t i) {
          const Lanes d = load(at + i) - c.mean;
          return d * d;
        },
        [&](std::int64_t i) {
          const float d = tail(at + i) - c.mean;
          return d * d;
        });
    all.merge(c);
  }
  return all;
}

}  // namespace
}  // namespace dact::DACT_ISA
