#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Square.
/// equation     y = x * x
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         correctly rounded; -inf -> +inf, NaN -> NaN
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves x
/// cost         1n flops, 1 read + 1 write
Tensor square(const Tensor& x);
extern const OpDef square_op;

}  // namespace dact
