#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Quotient of two tensors, element by element.
/// equation     y = a / b
/// a, b         f32|f64 of one dtype, shapes that broadcast, any strides
/// returns      the broadcast shape, same dtype; a's axis order (else b's, else row-major)
/// edge         IEEE; x / 0 -> inf of the product of signs, 0 / 0 -> NaN, inf / inf -> NaN
/// throws       ShapeError(not broadcastable), DtypeError(mixed dtypes, integers, bool, bf16, f16), DeviceError
/// gradient     yes, saves a and b
/// cost         1n flops, 2 reads + 1 write
Tensor div(const Tensor& a, const Tensor& b);
extern const OpDef div_op;

}  // namespace dact
