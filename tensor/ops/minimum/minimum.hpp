#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Smaller of two tensors, element by element.
/// equation     y = min(a, b)
/// a, b         f32|f64|i64|i32|u8 of one dtype, shapes that broadcast, any strides
/// returns      the broadcast shape, same dtype; a's axis order (else b's, else row-major)
/// edge         NaN wins; -0 < +0 (NUMERICS.md 8)
/// throws       ShapeError(not broadcastable), DtypeError(mixed dtypes, bool, bf16, f16), DeviceError
/// gradient     yes, saves a and b; a tie gives each 1/2, a NaN takes all (a's before b's)
/// cost         1n flops, 2 reads + 1 write
Tensor minimum(const Tensor& a, const Tensor& b);
extern const OpDef minimum_op;

}  // namespace dact
