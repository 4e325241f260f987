// Reductions whose results lie side by side (channels-last pixels, first axis): the elements of one
// result are far apart, so neighbouring results go through the summation tree together, a few lanes
// of the tree at a time: as many as registers hold. Lanes in memory would cost a load and a store per sum.
#pragma once
#include "tensor/ops/reduce/lanes.hpp"
#include "tensor/ops/reduce/moments.hpp"

namespace dact::DACT_ISA {
namespace {

// Results per strip: callers keep a few numbers for each.
inline constexpr int kStrip = 128;
// Parts side by side, at most: with 512 bits that is a strip. Sums in flight: half of the registers.
inline constexpr int kSide = 8, kSums = kPart == 16 ? 16 : 8;

/// acc[c] = one chunk of n <= 1024 elements map(x[i * stride + c], c) for c < parts * kPart. map takes and gives Parts,
/// c being the first of a Part's results.
template <int parts, class Map>
DACT_INLINE void chunk_of_parts(const float* x, std::int64_t stride, std::int64_t n, float* acc,
                                Map&& map) {
  constexpr int kTogether = kSums / parts;  // lanes
  Part lane[kLanes][kSide];
  for (int from = 0; from < kLanes; from += kTogether) {
    Part sum[kSums] = {};
    const auto add = [&](std::int64_t i, int j) {
#pragma GCC unroll 8
      for (int p = 0; p < parts; ++p)
        sum[j * parts + p] =
            sum[j * parts + p] + map(load_part(x + i * stride + p * kPart), p * kPart);
    };
    std::int64_t i = from;
    for (; i + kTogether <= n; i += kLanes)
#pragma GCC unroll 16
      for (int j = 0; j < kTogether; ++j) add(i + j, j);
#pragma GCC unroll 16
    for (int j = 0; j < kTogether; ++j)
      if (i + j < n) add(i + j, j);
#pragma GCC unroll 16
    for (int k = 0; k < kSums; ++k) lane[from + k / parts][k % parts] = sum[k];
  }
  for (int half = kLanes / 2; half > 0; half /= 2)
    for (int j = 0; j < half; ++j)
      for (int p = 0; p < parts; ++p) lane[j][p] = lane[j][p] + lane[j + half][p];
  for (int p = 0; p < parts; ++p) __builtin_memcpy(acc + p * kPart, &lane[0][p], sizeof(Part));
}

/// acc[c] = one chunk of n <= 1024 elements map(x[i * stride + c], c) for c < width; map serves floats and Parts.
template <class Map>
DACT_INLINE void chunk_of_strip(const float* x, std::int64_t stride, std::int64_t n, int width,
                                float* acc, Map&& map) {
  const auto from = [&](int first) {
    return [&map, first](auto v, int c) { return map(v, first + c); };
  };
  int c = 0;
  for (; c + kSide * kPart <= width; c += kSide * kPart)
    chunk_of_parts<kSide>(x + c, stride, n, acc + c, from(c));
  for (; c + 2 * kPart <= width; c += 2 * kPart)
    chunk_of_parts<2>(x + c, stride, n, acc + c, from(c));
  if (width >= kPart) {
    // the last vector ends where the strip does: some results come twice, alike
    for (; c < width; c += kPart) {
      const int at = c + kPart <= width ? c : width - kPart;
      chunk_of_parts<1>(x + at, stride, n, acc + at, from(at));
    }
    return;
  }
  for (; c < width; ++c)
    acc[c] = chunk_sum<float>(n, [&](std::int64_t i) { return map(x[i * stride + c], c); });
}

/// p[0], or the Part from there on, as V is.
template <class V>
DACT_INLINE V load_as(const float* p) {
  V v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

/// Moments of one chunk for a strip: mean[c], m2[c].
DACT_INLINE void chunk_moments_of_strip(const float* x, std::int64_t stride, std::int64_t n,
                                        int width, float* mean, float* m2) {
  chunk_of_strip(x, stride, n, width, mean, [](auto v, int) { return v; });
  const float count = static_cast<float>(n);
  for (int c = 0; c < width; ++c) mean[c] = mean[c] / count;
  chunk_of_strip(x, stride, n, width, m2, [mean](auto v, int c) {
    const auto d = v - load_as<decltype(v)>(mean + c);
    return d * d;
  });
}

/// Moments of n elements x[i * stride + c], c < width <= kStrip.
DACT_INLINE void moments_of_strip(const float* x, std::int64_t stride, std::int64_t n, int width,
                                  float* mean, float* m2) {
  for (int c = 0; c < width; ++c) mean[c] = m2[c] = 0.0f;
  float chunk_mean[kStrip], chunk_m2[kStrip];
  for (std::int64_t at = 0; at < n; at += kChunk) {
    const std::int64_t count = n - at < kChunk ? n - at : kChunk;
    chunk_moments_of_strip(x + at * stride, stride, count, width, chunk_mean, chunk_m2);
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
