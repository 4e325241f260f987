#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Repeats axes of size 1 without copying.
/// equation     y[i] = x[i with 0 on the repeated axes]
/// x            any dtype, any strides
/// shape        x's sizes, or any size where x has 1; may have more axes in front
/// returns      a view of x's storage, stride 0 on the repeated axes
/// throws       ShapeError(sizes that neither match nor are 1)
/// gradient     yes, saves nothing: the sum over the repeated axes   order   NUMERICS.md 4
Tensor expand(const Tensor& x, const Shape& shape);
extern const OpDef expand_op;

}  // namespace dact
