#pragma once
#include <span>

#include "tensor/op.hpp"

namespace dact {

/// The axes in another order.
/// equation     y[i_order[0], i_order[1], ...] = x[i_0, i_1, ...]
/// x            any dtype, any strides
/// order        every axis of x once; negative ones count from the end
/// returns      a view of x's storage
/// throws       ShapeError(an axis missing, repeated or out of range)
/// gradient     yes, saves nothing
Tensor permute(const Tensor& x, std::span<const std::int64_t> order);
extern const OpDef permute_op;

}  // namespace dact
