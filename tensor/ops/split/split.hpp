#pragma once
#include <span>

#include "tensor/op.hpp"

namespace dact {

/// Cuts a tensor along one axis.
/// equation     y_k[.., i, ..] = x[.., b_k + i, ..],  b_k = sizes[0] + .. + sizes[k-1]
/// x            any dtype, any strides
/// sizes        >= 0, summing to x's size of the axis
/// returns      one view of x's storage per size
/// throws       ShapeError(axis, sizes)
/// gradient     yes, saves nothing: cat of the parts' gradients
Tensors split(const Tensor& x, std::span<const std::int64_t> sizes, std::int64_t axis);
extern const OpDef split_op;

}  // namespace dact
