#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Negative.
/// equation     y = -x
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         the sign flips, also of 0; NaN -> NaN
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves nothing
/// cost         1n flops, 1 read + 1 write
Tensor neg(const Tensor& x);
extern const OpDef neg_op;

}  // namespace dact
