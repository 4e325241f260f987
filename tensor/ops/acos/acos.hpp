#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Arc cosine.
/// equation     y = acos(x)
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order in [0, pi]; unit: radians
/// edge         |x| > 1 -> NaN, 1 -> +0, NaN -> NaN; derivative at +-1: -inf
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves x
/// cost         20n flops, 1 read + 1 write
Tensor acos(const Tensor& x);
extern const OpDef acos_op;

}  // namespace dact
