#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Rectified linear unit.
/// equation     y = max(x, 0)
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         -0 -> +0, -inf -> +0, NaN -> NaN (NUMERICS.md 8); derivative at 0 and at NaN: 0
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves y
/// cost         1n flops, 1 read + 1 write
/// source       Nair and Hinton 2010
Tensor relu(const Tensor& x);
extern const OpDef relu_op;

}  // namespace dact
