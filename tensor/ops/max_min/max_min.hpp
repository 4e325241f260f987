#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Values and where they stand, i64, of the same shape.
struct ValuesIndices {
  Tensor values, indices;
};

/// Largest and smallest element along one axis, or over all.
/// equation     y = x[k],  k = argmax_i x_i (argmin_i x_i)
/// x            f32|f64|i64|i32|u8, any strides, at least one element per result
/// axis         negative counts from the end
/// returns      x's shape without the axis (size 1 in its place if keep_axis); over all: a scalar,
///              and its flat row-major index
/// edge         NaN wins; +0 > -0; the first of equals
/// throws       ShapeError(axis, no element), DtypeError
/// gradient     of max and min, saves the indices: all of it to the first winner
/// cost         n flops, 1 read
ValuesIndices max(const Tensor& x, std::int64_t axis, bool keep_axis = false);
ValuesIndices max(const Tensor& x);
ValuesIndices min(const Tensor& x, std::int64_t axis, bool keep_axis = false);
ValuesIndices min(const Tensor& x);
/// The indices alone; no gradient.
Tensor argmax(const Tensor& x, std::int64_t axis, bool keep_axis = false);
Tensor argmax(const Tensor& x);
Tensor argmin(const Tensor& x, std::int64_t axis, bool keep_axis = false);
Tensor argmin(const Tensor& x);

/// Catalogue entries: attribute axis (absent: over all), keep_axis.
extern const OpDef max_op;
extern const OpDef min_op;
extern const OpDef argmax_op;
extern const OpDef argmin_op;

}  // namespace dact
