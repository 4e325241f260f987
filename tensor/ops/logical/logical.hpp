#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Logic on bools, element by element: and, or.
/// equation     y = a and b;  y = a or b
/// a, b         bool, shapes that broadcast, any strides
/// returns      bool, the broadcast shape; a's axis order (else b's, else row-major)
/// throws       ShapeError(not broadcastable), DtypeError(not bool), DeviceError
/// gradient     none: the result is of bool
/// cost         n flops, 2 reads + 1 write
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
extern const OpDef logical_and_op, logical_or_op;

}  // namespace dact
