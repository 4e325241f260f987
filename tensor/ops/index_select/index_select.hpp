#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Picks slices of one axis.
/// equation     y[o, k, j] = x[o, index[k], j],  o and j: the axes before and after
/// x            any dtype, rank >= 1, any strides
/// index        i64|i32 [K], values in [0, size of the axis)
/// returns      x's shape with K at the axis; contiguous
/// throws       UsageError(index outside), ShapeError(axis, index rank), DtypeError(index)
/// gradient     of x: a scatter, saves index           order        NUMERICS.md 6
/// cost         1 read + 1 write of y
Tensor index_select(const Tensor& x, const Tensor& index, std::int64_t axis);
/// Its derivative by x: y[o, i, j] = sum of g[o, k, j] over the k with index[k] = i.
Tensor index_select_grad(const Tensor& g, const Tensor& index, const Shape& shape, int axis);
extern const OpDef index_select_op;

}  // namespace dact
