#pragma once
#include <string>
#include <string_view>

#include "tensor/op.hpp"

namespace dact {

/// What a loss gives: one number per element, or their mean or sum over the batch.
enum class LossReduction { none, mean, sum };
std::string_view name_of(LossReduction reduction);
/// UsageError(where) for another name.
LossReduction loss_reduction(std::string_view where, const std::string& name);

/// The last step of every loss: sums over samples are taken sample by sample.
/// equation     none: y = x;  sum: y = s_0 + s_1 + ..,  s_n = sum of x[n, ..];  mean: sum / count
/// x            f32|f64, any strides; axis 0 is the sample axis (a scalar is one sample)
/// returns      x itself, or a scalar
/// edge         sum of nothing +0
/// throws       ShapeError(mean of nothing), UsageError(reduction), DtypeError
/// gradient     yes, saves nothing
/// order        NUMERICS.md 4: each sample by the tree, then samples ascending
/// cost         n flops, 1 read
Tensor batch_reduce(const Tensor& x, LossReduction reduction);
/// Its derivative: g repeated (mean: g / count), of `shape`.
Tensor batch_reduce_grad(const Tensor& g, const Shape& shape, LossReduction reduction);
extern const OpDef batch_reduce_op;

}  // namespace dact
