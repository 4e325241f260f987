#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Square root.
/// equation     y = sqrt(x)
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         correctly rounded; x < 0 -> NaN, -0 -> -0, +inf -> +inf; derivative at 0: inf
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves y
/// cost         1n flops, 1 read + 1 write
Tensor sqrt(const Tensor& x);
extern const OpDef sqrt_op;

}  // namespace dact
