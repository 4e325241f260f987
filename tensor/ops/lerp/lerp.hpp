#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Linear interpolation between two tensors.
/// equation     y = fma(t, b - a, a), that is a + t (b - a) with two roundings
/// a, b, t      f32|f64 of one dtype, shapes that broadcast, any strides
/// returns      the broadcast shape, same dtype; the axis order of the first operand of that shape, else row-major
/// edge         t = 0 -> a exactly; t = 1 -> b up to the rounding of b - a; t outside [0, 1] extrapolates; IEEE
/// throws       ShapeError(not broadcastable), DtypeError(mixed dtypes, integers, bool), DeviceError
/// gradient     yes, saves a, b and t
/// cost         3n flops, 3 reads + 1 write
Tensor lerp(const Tensor& a, const Tensor& b, const Tensor& t);
extern const OpDef lerp_op;

}  // namespace dact
