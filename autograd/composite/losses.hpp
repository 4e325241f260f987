// Losses made of other operators: l1, mse, cross_entropy.
#pragma once
#include "autograd/catalogue.hpp"
#include "tensor/ops/batch_reduce/batch_reduce.hpp"

namespace dact {

/// Absolute difference.
/// equation     l = |a - b|, then batch_reduce
/// a, b         f32|f64 of one shape and dtype
/// reduction    none, mean (over all elements) or sum
/// returns      a's shape (none), or a scalar
/// throws       ShapeError(shapes, mean of nothing), DtypeError, UsageError(reduction)
Var l1(const Var& a, const Var& b, LossReduction reduction = LossReduction::mean);

/// Squared difference.
/// equation     l = (a - b)^2, then batch_reduce; the rest as l1
Var mse(const Var& a, const Var& b, LossReduction reduction = LossReduction::mean);

/// Cross entropy of logits and class indices.
/// equation     l[n, ..] = -log_softmax(x)[n, target[n, ..], ..], then batch_reduce
/// x            f32|f64 [N, C, ...]
/// target       i64|i32 [N, ...], values in [0, C)
/// returns      target's shape (none), or a scalar
/// throws       ShapeError(shapes, mean of nothing), UsageError(target outside, reduction), DtypeError
Var cross_entropy(const Var& x, const Var& target, LossReduction reduction = LossReduction::mean);

extern const CompositeDef l1_op;
extern const CompositeDef mse_op;
extern const CompositeDef cross_entropy_op;

}  // namespace dact
