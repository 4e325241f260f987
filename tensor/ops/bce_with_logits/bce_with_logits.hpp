#pragma once
#include "tensor/op.hpp"
#include "tensor/ops/batch_reduce/batch_reduce.hpp"

namespace dact {

/// Binary cross entropy of a logit and a target probability.
/// equation     l = -t log s(x) - (1 - t) log(1 - s(x)) = max(x, 0) - x t + log(1 + exp(-|x|)),
///              s(x) = 1 / (1 + exp(-x)); then batch_reduce
/// x, target    f32|f64 of one shape and dtype, any strides; target usually in [0, 1]
/// reduction    none, mean (over all elements) or sum
/// returns      x's shape (none), or a scalar
/// throws       ShapeError(shapes, mean of nothing), DtypeError, UsageError(reduction)
/// gradient     yes, saves x and target               order        NUMERICS.md 4
/// cost         25n flops, 2 reads + 1 write
Tensor bce_with_logits(const Tensor& x, const Tensor& target,
                       LossReduction reduction = LossReduction::mean);
extern const OpDef bce_with_logits_op;

}  // namespace dact
