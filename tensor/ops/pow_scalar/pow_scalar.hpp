#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Every element to a fixed power.
/// equation     y = x^exponent
/// x            f32|f64, any shape, any strides
/// exponent     a double, rounded once to x's dtype
/// returns      same shape, dtype, axis order
/// edge         C99 F.9.4.4: x^0 = 1 also for NaN, 1^p = 1, x < 0 with p not an integer -> NaN, 0^p -> inf for p < 0
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves x; 0 for exponent 0
/// cost         60n flops, 1 read + 1 write
Tensor pow_scalar(const Tensor& x, double exponent);
extern const OpDef pow_scalar_op;

}  // namespace dact
