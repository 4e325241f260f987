#pragma once
#include <span>

#include "tensor/op.hpp"

namespace dact {

/// L1 norm along axes.
/// equation     y = sum_i |x_i|
/// x            f32|f64, any strides
/// axes         empty = all; negative count from the end
/// returns      x's shape without the axes (size 1 in their place if keep_axes)
/// edge         empty -> +0; NaN -> NaN; inf -> inf
/// throws       ShapeError(axis out of range or repeated), DtypeError
/// gradient     yes, saves x; sign(0) = 0          order        NUMERICS.md 4
/// cost         2n flops, 1 read
Tensor norm_l1(const Tensor& x, std::span<const std::int64_t> axes, bool keep_axes = false);
extern const OpDef norm_l1_op;

}  // namespace dact
