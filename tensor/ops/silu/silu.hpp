#pragma once
#include "tensor/op.hpp"

namespace dact {

/// SiLU, also called swish.
/// equation     y = x / (1 + exp(-x))
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         -inf -> -0 (f32: -0), +inf -> +inf, NaN -> NaN, -0 -> -0
/// throws       DtypeError(integer x)
/// gradient     yes, saves x and y
/// cost         12n flops, 1 read + 1 write
/// source       Hendrycks and Gimpel 2016
Tensor silu(const Tensor& x);
extern const OpDef silu_op;

}  // namespace dact
