#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Sign.
/// equation     y = -1, 0 or 1 as x < 0, x = 0, x > 0
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         +0 and -0 -> +0, NaN -> NaN
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     none: its gradient is zero wherever it is defined
/// cost         1n flops, 1 read + 1 write
Tensor sign(const Tensor& x);
extern const OpDef sign_op;

}  // namespace dact
