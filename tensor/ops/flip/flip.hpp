#pragma once
#include <span>

#include "tensor/op.hpp"

namespace dact {

/// Axes in reverse: mirror images.
/// equation     y[i] = x[i with n_a - 1 - i_a on each named axis a]
/// x            any dtype, any strides
/// axes         empty = none; negative ones count from the end
/// returns      a fresh tensor, x's axis order
/// throws       ShapeError(axis out of range or repeated)
/// gradient     yes, saves nothing
/// cost         1 read + 1 write
Tensor flip(const Tensor& x, std::span<const std::int64_t> axes);
extern const OpDef flip_op;

}  // namespace dact
