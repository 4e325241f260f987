#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Logistic function.
/// equation     y = 1 / (1 + exp(-x))
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         -inf -> +0, +inf -> 1, NaN -> NaN
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves y
/// cost         18n flops, 1 read + 1 write
Tensor sigmoid(const Tensor& x);
extern const OpDef sigmoid_op;

}  // namespace dact
