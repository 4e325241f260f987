#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Exponential minus one, exact near 0.
/// equation     y = e^x - 1
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         -inf -> -1, +inf -> +inf, -0 -> -0, NaN -> NaN
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves x
/// cost         18n flops, 1 read + 1 write
Tensor expm1(const Tensor& x);
extern const OpDef expm1_op;

}  // namespace dact
