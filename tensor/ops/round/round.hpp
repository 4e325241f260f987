#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Nearest integer, halves to the even one.
/// equation     y = the integer k with |x - k| least, the even one of two
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         +-inf, NaN, -0 stay; [-1/2, 0) -> -0
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     none: its gradient is zero wherever it is defined
/// cost         1n flops, 1 read + 1 write
Tensor round(const Tensor& x);
extern const OpDef round_op;

}  // namespace dact
