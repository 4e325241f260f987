#pragma once
#include "tensor/op.hpp"
#include "tensor/ops/max_min/max_min.hpp"

namespace dact {

/// Sorts along one axis.
/// equation     y_k = x[p_k],  y_0 <= y_1 <= ..  (descending: >=)
/// x            f32|f64, rank >= 1, any strides
/// returns      values and indices p (i64) of x's shape, contiguous
/// edge         stable; -0 before +0 (descending: after); NaN last in both directions
/// throws       ShapeError(axis), DtypeError
/// gradient     yes, saves the indices: g back to where the values came from
/// cost         n log n comparisons
ValuesIndices sort(const Tensor& x, std::int64_t axis, bool descending = false);

/// The first k of the sorted order: the k largest, largest first (or smallest, smallest first).
/// k            0 <= k <= size of the axis
/// returns      values and indices with size k at the axis, contiguous
/// edge         as sort: of equals the first ones, NaN only when nothing else is left
/// throws       ShapeError(axis, k), DtypeError
/// gradient     yes, saves the indices
ValuesIndices topk(const Tensor& x, std::int64_t k, std::int64_t axis, bool largest = true);

extern const OpDef sort_op;
extern const OpDef topk_op;

}  // namespace dact
