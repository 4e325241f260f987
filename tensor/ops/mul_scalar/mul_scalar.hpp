#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Every element times a number.
/// equation     y = x * value
/// x            f32|f64, any shape, any strides
/// value        a double, rounded once to x's dtype
/// returns      same shape, dtype, axis order
/// edge         IEEE; 0 * inf -> NaN
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves nothing
/// cost         n flops, 1 read + 1 write
Tensor mul_scalar(const Tensor& x, double value);
extern const OpDef mul_scalar_op;

}  // namespace dact
