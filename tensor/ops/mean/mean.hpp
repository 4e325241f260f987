#pragma once
#include <span>

#include "tensor/op.hpp"

namespace dact {

/// Mean along axes.
/// equation     y = (sum_i x_i) / n over the named axes
/// x            f32|f64, any strides, at least one element per result
/// axes         empty = all; negative count from the end
/// returns      x's shape without the axes (size 1 in their place if keep_axes)
/// throws       ShapeError(axis out of range or repeated, no element), DtypeError
/// gradient     yes, saves nothing          order        NUMERICS.md 4, then one division
/// cost         n flops, 1 read
Tensor mean(const Tensor& x, std::span<const std::int64_t> axes, bool keep_axes = false);
inline Tensor mean(const Tensor& x, std::initializer_list<std::int64_t> axes,
                   bool keep_axes = false) {
  return mean(x, std::span(axes.begin(), axes.size()), keep_axes);
}
extern const OpDef mean_op;

}  // namespace dact
