// Walks the results of a reduction in blocks of neighbours, in parallel.
#pragma once
#include <algorithm>
#include <cstdint>

#include "tensor/loop.hpp"

namespace dact {

/// `rows` results whose first elements are x_step apart, written y_step apart.
struct ResultBlock {
  std::int64_t x, x_step, y, y_step, rows;  // x, y: offsets of the first
};

/// fn(block) for all results of shape `results`, whose strides in x (of the kept axes) and in y are
/// given; `cost` = elements per result. Neighbours in x stay together, 64 at least where there are.
template <class F>
void for_each_block(const Shape& results, const Strides& x, const Strides& y, std::int64_t cost,
                    F&& fn) {
  const LoopPlan<2> plan(results, {&x, &y});
  if (plan.numel == 0) return;
  constexpr std::int64_t kGrain = 16384, kTogether = 64;
  const std::int64_t inner = plan.inner(), sx = plan.inner_stride(0), sy = plan.inner_stride(1);
  const std::int64_t unit = sx == 1 ? std::min(inner, kTogether) : 1;
  const std::int64_t units = (inner + unit - 1) / unit;  // per row of the plan
  const std::int64_t grain = kGrain / (std::max<std::int64_t>(cost, 1) * unit) + 1;
  parallel_ranges(plan.numel / inner * units, grain, [&](std::int64_t begin, std::int64_t end) {
    while (begin < end) {
      const std::int64_t first = begin % units, count = std::min(units - first, end - begin);
      std::int64_t at[2];
      plan.row_offsets(begin / units, at);
      const std::int64_t from = first * unit, rows = std::min(inner - from, count * unit);
      fn(ResultBlock{at[0] + from * sx, sx, at[1] + from * sy, sy, rows});
      begin += count;
    }
  });
}

/// Results of a block in pieces of at most 256 side by side: fn(first, rows, to) writes them to
/// `to`, which is y itself when y_step == 1.
template <class T, class F>
void write_block(const ResultBlock& b, T* y, F&& fn) {
  if (b.y_step == 1) return fn(std::int64_t{0}, b.rows, y + b.y);
  constexpr std::int64_t kPiece = 256;
  T piece[kPiece];
  for (std::int64_t r = 0; r < b.rows; r += kPiece) {
    const std::int64_t rows = std::min(kPiece, b.rows - r);
    fn(r, rows, piece);
    for (std::int64_t i = 0; i < rows; ++i) y[b.y + (r + i) * b.y_step] = piece[i];
  }
}

}  // namespace dact
