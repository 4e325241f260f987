#pragma once
#include <span>

#include "tensor/op.hpp"
#include "tensor/ops/sum/sum.kernels.hpp"

namespace dact {

/// Sum along axes.
/// equation     y = sum_i x_i over the named axes, flattened in ascending row-major logical order
/// x            f32|f64, or i64|i32|u8|bool (then y is i64, wrapping); any strides
/// axes         empty = all; negative count from the end
/// returns      x's shape without the axes (size 1 in their place if keep_axes)
/// edge         empty -> +0; NaN and inf as IEEE addition
/// throws       ShapeError(axis out of range or repeated), DtypeError(bf16, f16)
/// gradient     yes, saves nothing          order        NUMERICS.md 4: chunks of 1024, 16 lanes
/// cost         n flops, 1 read
Tensor sum(const Tensor& x, std::span<const std::int64_t> axes, bool keep_axes = false);
inline Tensor sum(const Tensor& x, std::initializer_list<std::int64_t> axes,
                  bool keep_axes = false) {
  return sum(x, std::span(axes.begin(), axes.size()), keep_axes);
}
/// Over all elements: a scalar.
inline Tensor sum(const Tensor& x) { return sum(x, std::span<const std::int64_t>()); }
struct Reduction;
/// Sum of m(x) for a planned reduction (reduce/axes.hpp): what sum, mean and the norms share.
Tensor sum_reduced(const Reduction& r, SumMap map);
extern const OpDef sum_op;

}  // namespace dact
