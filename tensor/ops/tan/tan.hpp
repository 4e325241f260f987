#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Tangent.
/// equation     y = tan(x)
/// x            f32|f64, any shape, any strides; unit: radians
/// returns      same shape, dtype, axis order
/// edge         +-inf -> NaN, -0 -> -0, NaN -> NaN; good for every finite x, however large
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves y
/// cost         66n flops, 1 read + 1 write
Tensor tan(const Tensor& x);
extern const OpDef tan_op;

}  // namespace dact
