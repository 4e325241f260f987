#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Chooses between two tensors, element by element.
/// equation     y = a where condition, else b
/// condition    bool; a, b of any one dtype; shapes that broadcast, any strides
/// returns      the broadcast shape, dtype of a; the axis order of a (else b, else condition, else row-major)
/// edge         bits pass unchanged, NaN of the side not chosen does not show
/// throws       ShapeError(not broadcastable), DtypeError(condition not bool, a and b mixed), DeviceError
/// gradient     yes for f32|f64, saves condition; none by condition
/// cost         0 flops, 2 reads + a quarter + 1 write
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
extern const OpDef where_op;

}  // namespace dact
