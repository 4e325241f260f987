#pragma once
#include <span>

#include "tensor/op.hpp"

namespace dact {

/// Softmax along one axis.
/// equation     y_i = exp(x_i - m) / sum_j exp(x_j - m),  m = max_j x_j
/// x            f32|f64 [..., n, ...], any strides
/// returns      same shape; x's axis order; along the axis y sums to 1
/// edge         NaN or +inf in a row -> whole row NaN; -inf -> 0; only -inf -> NaN; empty -> empty
/// throws       ShapeError(axis), DtypeError
/// gradient     yes, saves y           order        NUMERICS.md 5
/// cost         20n flops, 1 read + 3 passes over y
/// source       Goodfellow et al. 2016, eq. 4.1
Tensor softmax(const Tensor& x, std::int64_t axis);

/// Logarithm of the softmax along one axis.
/// equation     y_i = (x_i - m) - log sum_j exp(x_j - m),  m = max_j x_j
/// x            f32|f64 [..., n, ...], any strides
/// returns      same shape; x's axis order
/// edge         as softmax; -inf -> -inf
/// throws       ShapeError(axis), DtypeError
/// gradient     yes, saves y           order        NUMERICS.md 4
/// cost         18n flops, 3 reads + 1 write
Tensor log_softmax(const Tensor& x, std::int64_t axis);

/// Logarithm of the sum of exponentials along axes.
/// equation     y = m + log sum_i exp(x_i - m),  m = max_i x_i
/// x            f32|f64, any strides, at least one element per result
/// axes         empty = all; negative count from the end
/// returns      x's shape without the axes (size 1 in their place if keep_axes)
/// edge         NaN -> NaN; +inf -> +inf; only -inf -> -inf
/// throws       ShapeError(axis out of range or repeated, no element), DtypeError
/// gradient     yes, saves x and y     order        NUMERICS.md 4
/// cost         17n flops, 2 reads
Tensor logsumexp(const Tensor& x, std::span<const std::int64_t> axes, bool keep_axes = false);

extern const OpDef softmax_op;
extern const OpDef log_softmax_op;
extern const OpDef logsumexp_op;

}  // namespace dact
