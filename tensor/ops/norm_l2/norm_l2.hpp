#pragma once
#include <span>

#include "tensor/op.hpp"

namespace dact {

/// L2 norm along axes.
/// equation     y = sqrt(sum_i x_i x_i)
/// x            f32|f64, any strides
/// axes         empty = all; negative count from the end
/// returns      x's shape without the axes (size 1 in their place if keep_axes)
/// edge         empty -> +0; f32: |x| above 1.8e19 overflows, below 2^-75 vanishes
/// throws       ShapeError(axis out of range or repeated), DtypeError
/// gradient     yes, saves x and y; 0 where y = 0      order      NUMERICS.md 4 over rounded squares
/// cost         2n flops, 1 read
Tensor norm_l2(const Tensor& x, std::span<const std::int64_t> axes, bool keep_axes = false);
extern const OpDef norm_l2_op;

}  // namespace dact
