#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Hyperbolic tangent.
/// equation     y = tanh(x)
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         +-inf -> +-1, -0 -> -0, NaN -> NaN
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves y
/// cost         24n flops, 1 read + 1 write
Tensor tanh(const Tensor& x);
extern const OpDef tanh_op;

}  // namespace dact
