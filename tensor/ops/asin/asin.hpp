#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Arc sine.
/// equation     y = asin(x)
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order in [-pi/2, pi/2]; unit: radians
/// edge         |x| > 1 -> NaN, -0 -> -0, NaN -> NaN; derivative at +-1: inf
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves x
/// cost         20n flops, 1 read + 1 write
Tensor asin(const Tensor& x);
extern const OpDef asin_op;

}  // namespace dact
