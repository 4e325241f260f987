#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Exponential.
/// equation     y = e^x
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         -inf -> +0, +inf -> +inf, NaN -> NaN; f32: x > 88.73 -> +inf, x < -103.98 -> +0
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves y
/// cost         16n flops, 1 read + 1 write
Tensor exp(const Tensor& x);
extern const OpDef exp_op;

}  // namespace dact
