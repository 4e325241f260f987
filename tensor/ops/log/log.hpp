#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Natural logarithm.
/// equation     y = log(x)
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         +0 and -0 -> -inf, x < 0 -> NaN, +inf -> +inf, NaN -> NaN
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves x
/// cost         20n flops, 1 read + 1 write
Tensor log(const Tensor& x);
extern const OpDef log_op;

}  // namespace dact
