#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Difference of two tensors, element by element.
/// equation     y = a - b
/// a, b         f32|f64|i64|i32|u8 of one dtype, shapes that broadcast, any strides
/// returns      the broadcast shape, same dtype; a's axis order (else b's, else row-major)
/// edge         IEEE; inf - inf -> NaN; integers wrap
/// throws       ShapeError(not broadcastable), DtypeError(mixed dtypes, bool, bf16, f16), DeviceError
/// gradient     yes, saves nothing
/// cost         1n flops, 2 reads + 1 write
Tensor sub(const Tensor& a, const Tensor& b);
extern const OpDef sub_op;

}  // namespace dact
