#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Error function.
/// equation     y = 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         +-inf -> +-1, -0 -> -0, NaN -> NaN
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves x
/// cost         30n flops, 1 read + 1 write
Tensor erf(const Tensor& x);
extern const OpDef erf_op;

}  // namespace dact
