#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Comparisons of two tensors, element by element: eq ==, ne !=, lt <, le <=, gt >, ge >=.
/// equation     y = [a ? b], ? the comparison
/// a, b         f32|f64|i64|i32|u8 of one dtype (eq and ne also bool), shapes that broadcast, any strides
/// returns      bool, the broadcast shape; a's axis order (else b's, else row-major)
/// edge         NaN compares as IEEE says: all false but ne; -0 equals +0
/// throws       ShapeError(not broadcastable), DtypeError(mixed dtypes, bf16, f16), DeviceError
/// gradient     none: the result is of bool
/// cost         n flops, 2 reads + 1 write of a quarter
Tensor eq(const Tensor& a, const Tensor& b);
Tensor ne(const Tensor& a, const Tensor& b);
Tensor lt(const Tensor& a, const Tensor& b);
Tensor le(const Tensor& a, const Tensor& b);
Tensor gt(const Tensor& a, const Tensor& b);
Tensor ge(const Tensor& a, const Tensor& b);
extern const OpDef eq_op, ne_op, lt_op, le_op, gt_op, ge_op;

}  // namespace dact
