#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Softplus, the smooth relu.
/// equation     y = log(1 + e^x)
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         -inf -> +0, +inf -> +inf, NaN -> NaN
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves x
/// cost         36n flops, 1 read + 1 write
/// source       Dugas et al. 2001
Tensor softplus(const Tensor& x);
extern const OpDef softplus_op;

}  // namespace dact
