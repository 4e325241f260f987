#pragma once
#include "tensor/op.hpp"

namespace dact {

/// A power, element by element.
/// equation     y = a^b
/// a, b         f32|f64 of one dtype, shapes that broadcast, any strides
/// returns      the broadcast shape, same dtype; a's axis order (else b's, else row-major)
/// edge         C99 F.9.4.4: a^0 = 1 also for NaN, 1^b = 1 also for NaN, a < 0 with b not an integer -> NaN, 0^b -> inf for b < 0
/// throws       ShapeError(not broadcastable), DtypeError(mixed dtypes, integers, bool, bf16, f16), DeviceError
/// gradient     yes, saves a and b; by b at a = 0, b >= 0: 0; by b at a < 0: NaN
/// cost         60n flops, 2 reads + 1 write
Tensor pow(const Tensor& a, const Tensor& b);
extern const OpDef pow_op;

}  // namespace dact
