#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Adds each source to one destination of the axis.
/// equation     y[o, i, j] = x[o, i, j] + sum of src[o, k, j] over the k with index[o, k, j] = i
/// x            f32|f64, rank >= 1, any strides
/// index        i64|i32, x's sizes off the axis, values in [0, size of the axis)
/// src          x's dtype, index's shape
/// returns      x's shape and axis order
/// throws       UsageError(index outside), ShapeError(axis, shapes), DtypeError
/// gradient     of x and src, saves index              order        NUMERICS.md 6, then x + sum
/// cost         n flops, 3 reads + 1 write
Tensor scatter_add(const Tensor& x, const Tensor& index, const Tensor& src, std::int64_t axis);
extern const OpDef scatter_add_op;

}  // namespace dact
