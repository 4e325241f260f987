#pragma once
#include "tensor/op.hpp"

namespace dact {

/// GELU approximated by a sigmoid, as the CLIP text and image encoders use it.
/// equation     y = x / (1 + exp(-1.702 x))
/// x            f32|f64, any shape, any strides
/// returns      same shape, dtype, axis order
/// edge         -inf -> -0 (the limit), +inf -> +inf, -0 -> -0, NaN -> NaN
/// throws       DtypeError(x neither f32 nor f64)
/// gradient     yes, saves x
/// cost         24n flops, 1 read + 1 write
/// source       Hendrycks and Gimpel 2016, section 2
Tensor gelu_quick(const Tensor& x);
extern const OpDef gelu_quick_op;

}  // namespace dact
