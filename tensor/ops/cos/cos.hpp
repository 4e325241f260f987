#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Cosine.
/// equation     y = cos(x)
/// x            f32|f64, any shape, any strides; unit: radians
/// returns      same shape, dtype, axis order
/// edge         +-inf -> NaN, NaN -> NaN; good for every finite x, however large
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves x
/// cost         60n flops, 1 read + 1 write
Tensor cos(const Tensor& x);
extern const OpDef cos_op;

}  // namespace dact
