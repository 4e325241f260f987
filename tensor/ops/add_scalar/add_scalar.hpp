#pragma once
#include "tensor/op.hpp"

namespace dact {

/// A number added to every element.
/// equation     y = x + value
/// x            f32|f64, any shape, any strides
/// value        a double, rounded once to x's dtype
/// returns      same shape, dtype, axis order
/// edge         IEEE; inf - inf -> NaN
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves nothing
/// cost         n flops, 1 read + 1 write
Tensor add_scalar(const Tensor& x, double value);
extern const OpDef add_scalar_op;

}  // namespace dact
