// Kernels of reductions: the summation tree, moments and winners, over values given by a functor
//   struct Value { DACT_INLINE float operator()(std::int64_t row, std::int64_t i) const; };
// i = 0 .. n-1 of each row. One launch does one level of the tree (NUMERICS.md 4); reduce.device.hpp runs the levels.
#pragma once
#include "tensor/cuda/kernel.hpp"
#include "tensor/cuda/walk.hpp"
#include "tensor/math.hpp"
#include "tensor/ops/reduce/moments.hpp"
#include "tensor/sum.hpp"

namespace dact::cuda {

/// A block's threads as 16 lanes of 16 units (a chunk of a row each).
inline constexpr int kUnits = 16;

/// Which thread takes which lane: neighbours in memory should be neighbours in a warp.
struct LaneOf {
  int lane, unit;
  DACT_INLINE LaneOf(int thread, bool lanes_inner)
      : lane(lanes_inner ? thread % kLanes : thread / kUnits),
        unit(lanes_inner ? thread / kLanes : thread % kUnits) {}
};

/// Lanes of each unit, and their fold; the stride keeps the 16 units in different banks.
struct LaneMemory {
  float lane[kUnits][kLanes + 1];
  float mean[kUnits];
};

/// partial[chunk * rows + row] = sum of a chunk of 1024 values. Unit u is row u % rows, chunk u / rows.
template <class Value>
struct ChunkSums {
  static constexpr int kThreads = kUnits * kLanes;
  using Shared = LaneMemory;
  struct Registers {};
  Value value;
  float* partial;
  std::int64_t rows, n;
  bool lanes_inner;  // elements of a row lie side by side; else rows do

  DACT_INLINE std::int64_t steps(std::int64_t) const { return 2; }
  DACT_INLINE void step(std::int64_t s, const Thread& t, Shared& m, Registers&) const {
    const LaneOf at(t.index, lanes_inner);
    const std::int64_t u = t.block * kUnits + at.unit, chunks = (n + kChunk - 1) / kChunk;
    if (u >= rows * chunks) return;
    const Split where = split(u, rows);
    const std::int64_t from = where.quotient * kChunk, to = n - from < kChunk ? n : from + kChunk;
    if (s == 0) {
      float sum = 0.0f;
      for (std::int64_t i = from + at.lane; i < to; i += kLanes) sum = sum + value(where.rest, i);
      m.lane[at.unit][at.lane] = sum;
    } else if (at.lane == 0) {
      partial[u] = fold_lanes(m.lane[at.unit]);
    }
  }
};

/// The next level: the partial results of a row are its elements.
struct PartialValue {
  const float* partial;
  std::int64_t rows;
  DACT_INLINE float operator()(std::int64_t row, std::int64_t i) const {
    return partial[i * rows + row];
  }
};

/// mean[chunk * rows + row], m2[..] of a chunk of 1024 values, in two passes (NUMERICS.md 5).
template <class Value>
struct ChunkMoments {
  static constexpr int kThreads = kUnits * kLanes;
  using Shared = LaneMemory;
  struct Registers {};
  Value value;
  float *mean, *m2;
  std::int64_t rows, n;
  bool lanes_inner;

  DACT_INLINE std::int64_t steps(std::int64_t) const { return 4; }
  DACT_INLINE void step(std::int64_t s, const Thread& t, Shared& m, Registers&) const {
    const LaneOf at(t.index, lanes_inner);
    const std::int64_t u = t.block * kUnits + at.unit, chunks = (n + kChunk - 1) / kChunk;
    if (u >= rows * chunks) return;
    const Split where = split(u, rows);
    const std::int64_t from = where.quotient * kChunk, to = n - from < kChunk ? n : from + kChunk;
    if (s == 1 || s == 3) {
      if (at.lane != 0) return;
      const float sum = fold_lanes(m.lane[at.unit]);
      if (s == 1)
        mean[u] = m.mean[at.unit] = sum / static_cast<float>(to - from);
      else
        m2[u] = sum;
      return;
    }
    float sum = 0.0f;
    for (std::int64_t i = from + at.lane; i < to; i += kLanes) {
      const float x = value(where.rest, i);
      const float d = s == 0 ? x : x - m.mean[at.unit];
      sum = sum + (s == 0 ? d : d * d);
    }
    m.lane[at.unit][at.lane] = sum;
  }
};

/// Chunks of a row merged in ascending order; in place: row r's result ends in mean[r], m2[r].
struct MergeMoments {
  float *mean, *m2;
  std::int64_t rows, n;
  DACT_INLINE void operator()(std::int64_t row) const {
    Moments<float> all;
    for (std::int64_t at = 0, u = row; at < n; at += kChunk, u += rows)
      all.merge({mean[u], m2[u], n - at < kChunk ? n - at : kChunk});
    mean[row] = all.mean;
    m2[row] = all.m2;
  }
};

/// The rows of a Reduction: row r's first element at walk.at(0, r), its elements `stride` apart.
struct StridedRows {
  Walk<1> walk;
  std::int64_t stride;
};

/// map: a SumMap (value, abs, square).
struct MappedValue {
  const float* x;
  StridedRows rows;
  int map;
  DACT_INLINE float operator()(std::int64_t row, std::int64_t i) const {
    const float v = x[rows.walk.at(0, row) + i * rows.stride];
    return map == 0 ? v : map == 1 ? math::abs(v) : v * v;
  }
};

/// y[r] = sum of integers, wrapping.
template <class T>
struct SumIntegers {
  const T* x;
  StridedRows rows;
  std::int64_t n;
  std::int64_t* y;
  DACT_INLINE void operator()(std::int64_t row) const {
    std::uint64_t total = 0;
    for (std::int64_t i = 0, at = rows.walk.at(0, row); i < n; ++i, at += rows.stride)
      total += static_cast<std::uint64_t>(x[at]);
    y[row] = static_cast<std::int64_t>(total);
  }
};

template <class T>
inline constexpr bool type_of_float = false;
template <>
inline constexpr bool type_of_float<float> = true;

/// a wins against b, which came first (NUMERICS.md 8: NaN wins, +0 > -0).
template <class T>
DACT_INLINE bool wins_against(bool least, T a, T b) {
  if constexpr (type_of_float<T>) {
    if (math::isnan(b)) return false;
    if (math::isnan(a)) return true;
    if (a == b)
      return least ? math::signbit(a) && !math::signbit(b) : math::signbit(b) && !math::signbit(a);
  }
  return least ? a < b : a > b;
}

/// The winner of each row and where it stands, 32 threads a row.
template <class T>
struct Winners {
  static constexpr int kThreads = 256, kSide = 32, kRows = kThreads / kSide;
  struct Shared {
    T value[kRows][kSide];
    std::int64_t index[kRows][kSide];
  };
  struct Registers {};
  const T* x;
  StridedRows rows;
  std::int64_t count, n;  // rows; elements of one
  bool least;
  T* value;
  std::int64_t* index;

  DACT_INLINE std::int64_t steps(std::int64_t) const {
    return 6;
  }  // own elements, then 16, 8, 4, 2, 1
  DACT_INLINE void step(std::int64_t s, const Thread& t, Shared& m, Registers&) const {
    const int side = t.index % kSide, r = t.index / kSide;
    const std::int64_t row = t.block * kRows + r;
    if (row >= count) return;
    if (s == 0) return own(row, side, m.value[r][side], m.index[r][side]);
    const int half = kSide >> s;
    if (side >= half) return;
    const std::int64_t mine = m.index[r][side], other = m.index[r][side + half];
    const T a = m.value[r][side], b = m.value[r][side + half];
    const bool better = other >= 0 && (mine < 0 || wins_against(least, b, a) ||
                                       (!wins_against(least, a, b) && other < mine));
    if (better) {
      m.value[r][side] = b;
      m.index[r][side] = other;
    }
    if (half != 1) return;
    value[row] = m.value[r][0];
    index[row] = m.index[r][0];
  }

 private:
  // index -1: a thread without elements
  DACT_INLINE void own(std::int64_t row, int side, T& best, std::int64_t& at) const {
    const T* from = x + rows.walk.at(0, row);
    at = side < n ? side : -1;
    best = side < n ? from[side * rows.stride] : T(0);
    for (std::int64_t i = side + kSide; i < n; i += kSide) {
      const T v = from[i * rows.stride];
      if (!wins_against(least, v, best)) continue;
      best = v;
      at = i;
    }
  }
};

/// m[r] = max over i of value(r, i), NaN first; 32 threads a row.
template <class Value>
struct RowMax {
  static constexpr int kThreads = 256, kSide = 32, kRows = kThreads / kSide;
  struct Shared {
    float most[kRows][kSide];
  };
  struct Registers {};
  Value value;
  std::int64_t count, n;
  float* m;

  DACT_INLINE std::int64_t steps(std::int64_t) const { return 6; }
  DACT_INLINE void step(std::int64_t s, const Thread& t, Shared& shared, Registers&) const {
    const int side = t.index % kSide, r = t.index / kSide;
    const std::int64_t row = t.block * kRows + r;
    if (row >= count) return;
    if (s == 0) {
      float most = -math::inf_f();
      for (std::int64_t i = side; i < n; i += kSide) most = math::max(most, value(row, i));
      shared.most[r][side] = most;
      return;
    }
    const int half = kSide >> s;
    if (side < half)
      shared.most[r][side] = math::max(shared.most[r][side], shared.most[r][side + half]);
    if (side == 0 && half == 1) m[row] = shared.most[r][0];
  }
};

/// y[0] = (x[0] + x[1] + ..) in order from +0, divided by `divisor` unless 0.
struct AddUp {
  const float* x;
  std::int64_t n;
  float divisor;
  float* y;
  DACT_INLINE void operator()(std::int64_t) const {
    float total = 0.0f;
    for (std::int64_t i = 0; i < n; ++i) total = total + x[i];
    *y = divisor != 0.0f ? total / divisor : total;
  }
};

// ---- softmax and its kin: a contiguous tensor [outer, n, inner], row r = outer index * inner + inner index

struct AxisRows {
  std::int64_t n, inner;
  DACT_INLINE std::int64_t at(std::int64_t row, std::int64_t i) const {
    const Split s = split(row, inner);
    return (s.quotient * n + i) * inner + s.rest;
  }
  /// Row of the flat element e.
  DACT_INLINE std::int64_t row_of(std::int64_t e) const {
    const Split s = split(e, inner);
    return split(s.quotient, n).quotient * inner + s.rest;
  }
};

struct AxisValue {
  const float* x;
  AxisRows axis;
  DACT_INLINE float operator()(std::int64_t row, std::int64_t i) const {
    return x[axis.at(row, i)];
  }
};
/// exp(x - m)
struct AxisExp {
  const float *x, *m;
  AxisRows axis;
  DACT_INLINE float operator()(std::int64_t row, std::int64_t i) const {
    return math::exp(x[axis.at(row, i)] - m[row]);
  }
};
struct AxisProduct {
  const float *a, *b;
  AxisRows axis;
  DACT_INLINE float operator()(std::int64_t row, std::int64_t i) const {
    const std::int64_t at = axis.at(row, i);
    return a[at] * b[at];
  }
};

/// Which: y from (x, row's two numbers).
enum class SoftmaxStep { softmax, softmax_grad, log_softmax, log_softmax_grad };
struct SoftmaxKernel {
  SoftmaxStep which;
  const float *a, *b;  // x; or y and g
  const float *m, *s;  // of the row
  AxisRows axis;
  float* y;
  DACT_INLINE void operator()(std::int64_t e) const {
    const std::int64_t row = axis.row_of(e);
    switch (which) {
      case SoftmaxStep::softmax:
        y[e] = math::exp(a[e] - m[row]) / s[row];
        return;
      case SoftmaxStep::softmax_grad:
        y[e] = a[e] * (b[e] - s[row]);
        return;
      case SoftmaxStep::log_softmax:
        y[e] = (a[e] - m[row]) - math::log(s[row]);
        return;
      case SoftmaxStep::log_softmax_grad: {
        const float p = math::exp(a[e]) * s[row];
        y[e] = b[e] - p;
        return;
      }
    }
  }
};

/// y[r] = m + log s, or m where it is not finite.
struct LogSumExp {
  const float *m, *s;
  float* y;
  DACT_INLINE void operator()(std::int64_t r) const {
    y[r] = math::isfinite(m[r]) ? m[r] + math::log(s[r]) : m[r];
  }
};

/// exp(x - m) over the rows of a Reduction.
struct StridedValue {
  const float* x;
  StridedRows rows;
  DACT_INLINE float operator()(std::int64_t row, std::int64_t i) const {
    return x[rows.walk.at(0, row) + i * rows.stride];
  }
};
struct StridedExp {
  const float* x;
  StridedRows rows;
  const float* m;
  DACT_INLINE float operator()(std::int64_t row, std::int64_t i) const {
    return math::exp(x[rows.walk.at(0, row) + i * rows.stride] - m[row]);
  }
};

// ---- attention: scores [rows, keys], scaled and masked as they are read

struct ScoreValue {
  const float* x;
  std::int64_t keys;
  float scale;
  const float* mask;  // or null
  Walk<2> mask_rows;  // operand 1: the mask's offset of a row
  std::int64_t mask_column;
  DACT_INLINE float operator()(std::int64_t row, std::int64_t i) const {
    const float v = x[row * keys + i] * scale;
    return mask ? v + mask[mask_rows.at(1, row) + i * mask_column] : v;
  }
};
struct ScoreExp {
  ScoreValue score;
  const float* m;
  DACT_INLINE float operator()(std::int64_t row, std::int64_t i) const {
    return math::exp(score(row, i) - m[row]);
  }
};
struct ScoreSoftmax {
  ScoreExp exp;
  const float* s;
  float* y;  // not the scores themselves
  DACT_INLINE void operator()(std::int64_t e) const {
    const Split at = split(e, exp.score.keys);
    y[e] = exp(at.quotient, at.rest) / s[at.quotient];
  }
};
/// dp becomes ds = p (dp - dot) scale.
struct ScoreGradient {
  const float *p, *dot;
  float* dp;
  std::int64_t keys;
  float scale;
  DACT_INLINE void operator()(std::int64_t e) const {
    dp[e] = p[e] * (dp[e] - dot[split(e, keys).quotient]) * scale;
  }
};

}  // namespace dact::cuda
