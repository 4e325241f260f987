#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Reciprocal square root.
/// equation     y = 1 / sqrt(x)
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         +0 -> +inf, -0 -> -inf, +inf -> +0, x < 0 -> NaN
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves y
/// cost         4n flops, 1 read + 1 write
Tensor rsqrt(const Tensor& x);
extern const OpDef rsqrt_op;

}  // namespace dact
