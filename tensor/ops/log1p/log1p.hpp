#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Logarithm of one plus x, exact near 0.
/// equation     y = log(1 + x)
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         -1 -> -inf, x < -1 -> NaN, -0 -> -0, +inf -> +inf, NaN -> NaN
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves x
/// cost         26n flops, 1 read + 1 write
Tensor log1p(const Tensor& x);
extern const OpDef log1p_op;

}  // namespace dact
