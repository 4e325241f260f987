#pragma once
#include "tensor/op.hpp"

namespace dact {

/// GELU in its exact form, with the error function.
/// equation     y = x / 2 * (1 + erf(x / sqrt(2)))
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         -inf -> -0 (the limit), +inf -> +inf, -0 -> -0, NaN -> NaN
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves x
/// cost         30n flops, 1 read + 1 write
/// source       Hendrycks and Gimpel 2016, eq. 1
Tensor gelu(const Tensor& x);
extern const OpDef gelu_op;

}  // namespace dact
