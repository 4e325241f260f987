#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Angle of the point (x, y), in all four quadrants.
/// equation     z = angle of x + i y, in [-pi, pi]
/// y, x         f32|f64 of one dtype, shapes that broadcast, any strides
/// returns      the broadcast shape, same dtype; unit: radians; y's axis order (else x's, else row-major)
/// edge         C99 F.9.1.4: (+-0, x < 0) -> +-pi, (+-0, x > 0) -> +-0, (y > 0, +-0) -> pi/2; NaN -> NaN
/// throws       ShapeError(not broadcastable), DtypeError(mixed dtypes, integers, bool, bf16, f16), DeviceError
/// gradient     yes, saves y and x; at the origin 0
/// cost         30n flops, 2 reads + 1 write
Tensor atan2(const Tensor& y, const Tensor& x);
extern const OpDef atan2_op;

}  // namespace dact
