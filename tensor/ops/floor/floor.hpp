#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Largest integer not above x.
/// equation     y = max { k integer : k <= x }
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         +-inf, NaN, -0 stay
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     none: its gradient is zero wherever it is defined
/// cost         1n flops, 1 read + 1 write
Tensor floor(const Tensor& x);
extern const OpDef floor_op;

}  // namespace dact
