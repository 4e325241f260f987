// Axis orders in memory: which axis is outermost, and dense strides in that order.
#pragma once
#include "tensor/tensor.hpp"

namespace dact {

/// x's axes by stride, largest first; equal strides keep their logical order.
void axis_order(const Tensor& x, int (&order)[kMaxRank]);

/// Dense strides for `shape` (x's rank) in x's axis order: how a result keeps channels-last.
Strides strides_like(const Tensor& x, const Shape& shape);

/// A contiguous tensor as [outer, n, inner] around one axis.
struct AxisSizes {
  std::int64_t outer = 1, n = 1, inner = 1;
  AxisSizes(const Shape& shape, int axis);
};

}  // namespace dact
