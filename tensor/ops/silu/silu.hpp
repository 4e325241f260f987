#pragma once
#include "tensor/op.hpp"

namespace dact {

/// SiLU, also called swish.
/// equation     y = x / (1 + exp(-x))
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         -inf -> -0 (the limit), +inf -> +inf, NaN -> NaN, -0 -> -0
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves x
/// cost         22n flops, 1 read + 1 write
/// source       Hendrycks and Gimpel 2016, eq. 2 (as SiLU); Ramachandran et al. 2017 (as swish)
Tensor silu(const Tensor& x);
extern const OpDef silu_op;

}  // namespace dact
