#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Picks one element of the axis per index.
/// equation     y[o, k, j] = x[o, index[o, k, j], j],  o and j: the axes before and after
/// x            any dtype, rank >= 1, any strides
/// index        i64|i32, x's sizes off the axis, values in [0, size of the axis)
/// returns      index's shape, contiguous
/// throws       UsageError(index outside), ShapeError(axis, index shape), DtypeError(index)
/// gradient     of x: a scatter, saves index           order        NUMERICS.md 6
/// cost         2 reads + 1 write of y
Tensor gather(const Tensor& x, const Tensor& index, std::int64_t axis);
/// y[o, index[o, k, j], j] += src[o, k, j] from +0, y of `shape`: the derivative, and scatter_add.
Tensor scatter_along(std::string_view where, const Tensor& src, const Tensor& index,
                     const Shape& shape, int axis);
extern const OpDef gather_op;

}  // namespace dact
