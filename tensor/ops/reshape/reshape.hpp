#pragma once
#include "tensor/op.hpp"

namespace dact {

/// The same elements in row-major order under another shape.
/// equation     y[flat i] = x[flat i]
/// x            any dtype, any strides
/// shape        as many elements as x; one size may be -1 (then it follows from the others)
/// returns      a view of x's storage where the strides allow it, else a contiguous copy
/// throws       ShapeError(element counts differ, two open sizes)
/// gradient     yes, saves nothing
/// cost         none, or 1 read + 1 write
Tensor reshape(const Tensor& x, const Shape& shape);
extern const OpDef reshape_op;

}  // namespace dact
