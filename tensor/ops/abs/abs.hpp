#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Absolute value.
/// equation     y = |x|
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         -0 -> +0, -inf -> +inf, NaN -> NaN; derivative at 0: 0 (NUMERICS.md 8)
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves x
/// cost         1n flops, 1 read + 1 write
Tensor abs(const Tensor& x);
extern const OpDef abs_op;

}  // namespace dact
