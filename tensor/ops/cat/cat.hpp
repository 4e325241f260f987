#pragma once
#include <span>

#include "tensor/op.hpp"

namespace dact {

/// Joins tensors along one axis.
/// equation     y[.., b_k + i, ..] = x_k[.., i, ..],  b_k = sizes of x_0 .. x_{k-1} summed
/// xs           one or more of one dtype (any) and rank >= 1, equal sizes off the axis, any strides
/// returns      a fresh tensor in x_0's axis order: channels-last joins give channels-last
/// throws       UsageError(no tensor), ShapeError(ranks, sizes, axis), DtypeError, DeviceError
/// gradient     yes, saves nothing: views of g
/// cost         1 read + 1 write
Tensor cat(std::span<const Tensor> xs, std::int64_t axis);
extern const OpDef cat_op;

}  // namespace dact
