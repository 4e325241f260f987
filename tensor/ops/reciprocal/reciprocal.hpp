#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Reciprocal.
/// equation     y = 1 / x
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         correctly rounded; +0 -> +inf, -0 -> -inf, inf -> 0 of its sign, NaN -> NaN
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves y
/// cost         1n flops, 1 read + 1 write
Tensor reciprocal(const Tensor& x);
extern const OpDef reciprocal_op;

}  // namespace dact
