// Loops over strided operands: axes sorted and merged once, then plain inner loops.
#pragma once
#include <cstddef>
#include <cstdint>

#include "tensor/parallel.hpp"
#include "tensor/shape.hpp"

namespace dact {

/// An iteration over `shape` for K operands with element strides. Axes are ordered by operand 0's strides (largest
/// first), axes of size 1 dropped, neighbours merged where every operand allows it.
template <std::size_t K>
struct LoopPlan {
  int rank = 0;  // 0: at most one element
  std::int64_t numel = 1;
  std::int64_t size[kMaxRank] = {};
  std::int64_t stride[K][kMaxRank] = {};

  LoopPlan(const Shape& shape, const Strides* const (&strides)[K]) {
    int order[kMaxRank], axes = 0;
    for (int i = 0; i < shape.rank(); ++i) {
      numel *= shape[i];
      if (shape[i] != 1) order[axes++] = i;
    }
    for (int i = 1; i < axes; ++i)  // insertion sort, stable: operand 0's largest stride first
      for (int j = i; j > 0 && (*strides[0])[order[j - 1]] < (*strides[0])[order[j]]; --j) {
        const int t = order[j];
        order[j] = order[j - 1];
        order[j - 1] = t;
      }
    for (int i = 0; i < axes; ++i) append(shape[order[i]], order[i], strides);
  }

  std::int64_t inner() const { return rank ? size[rank - 1] : 1; }
  std::int64_t inner_stride(std::size_t k) const { return rank ? stride[k][rank - 1] : 0; }
  /// Offsets of row `row` (all axes but the innermost, row-major).
  void row_offsets(std::int64_t row, std::int64_t (&at)[K]) const {
    for (std::size_t k = 0; k < K; ++k) at[k] = 0;
    for (int i = rank - 2; i >= 0; --i) {
      const std::int64_t index = row % size[i];
      row /= size[i];
      for (std::size_t k = 0; k < K; ++k) at[k] += index * stride[k][i];
    }
  }

 private:
  void append(std::int64_t n, int axis, const Strides* const (&strides)[K]) {
    bool merge = rank > 0;
    for (std::size_t k = 0; k < K && merge; ++k)
      merge = stride[k][rank - 1] == n * (*strides[k])[axis];
    const int at = merge ? rank - 1 : rank++;
    size[at] = merge ? size[at] * n : n;
    for (std::size_t k = 0; k < K; ++k) stride[k][at] = (*strides[k])[axis];
  }
};

/// fn(n, offsets): rows of n elements with the plan's inner strides, in parallel. Rows own their outputs.
template <std::size_t K, class F>
void for_each_row(const LoopPlan<K>& plan, F&& fn) {
  if (plan.numel == 0) return;
  constexpr std::int64_t kGrain = 16384;  // elements worth handing to another thread
  const std::int64_t inner = plan.inner(), rows = plan.numel / inner;
  if (rows == 1) {
    parallel_ranges(inner, kGrain, [&](std::int64_t begin, std::int64_t end) {
      std::int64_t at[K];
      for (std::size_t k = 0; k < K; ++k) at[k] = begin * plan.inner_stride(k);
      fn(end - begin, at);
    });
    return;
  }
  parallel_ranges(rows, kGrain / inner + 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      std::int64_t at[K];
      plan.row_offsets(row, at);
      fn(inner, at);
    }
  });
}

}  // namespace dact
