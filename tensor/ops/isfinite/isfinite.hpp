#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Which elements are numbers.
/// equation     y = x is neither infinite nor NaN
/// x            f32|f64, any shape, any strides
/// returns      bool, same shape, axis order
/// edge         -0 and subnormals are finite
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     none: its result is of bool
/// cost         1n flops, 1 read + 1 write
Tensor isfinite(const Tensor& x);
extern const OpDef isfinite_op;

}  // namespace dact
