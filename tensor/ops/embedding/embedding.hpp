#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Rows of a table.
/// equation     y[.., j] = weight[index[..], j]
/// weight       any dtype [V, D]
/// index        i64|i32, any shape, values in [0, V)
/// returns      index's shape with D appended; contiguous
/// throws       UsageError(index outside), ShapeError(weight rank), DtypeError(index)
/// gradient     of weight: a scatter, saves index          order        NUMERICS.md 6
/// cost         1 read + 1 write of y
Tensor embedding(const Tensor& weight, const Tensor& index);
extern const OpDef embedding_op;

}  // namespace dact
