#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Batch normalisation in training: per channel over samples and pixels.
/// equation     y = fma(x - mean, rstd w, b),  rstd = 1 / sqrt(var + eps),  var = M2 / n;  absent w: 1, absent b: 0
/// x            f32|f64 [B, C, ...], rank 2 to 5; any strides; at least one value per channel
/// weight, bias [C] or absent
/// returns      y (same shape, channels-last), mean [C], var [C] (biased)
/// edge         NaN in a channel -> the channel NaN; a constant channel -> b
/// throws       ShapeError(rank, operands, no values), DtypeError, UsageError(eps <= 0)
/// gradient     yes, through all three outputs; saves x and weight
/// order        NUMERICS.md 5 over (n, h, w) flattened ascending; gradient sums over the same by section 4
/// cost         10n flops, 2 reads + 1 write
/// source       Ioffe and Szegedy 2015, algorithm 1
struct BatchNormResult {
  Tensor y, mean, var;
};
BatchNormResult batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias,
                           double eps = 1e-5);

/// The same with given statistics (evaluation): each sample by itself. mean, var [C] get no gradient.
/// equation     y = fma(x - mean, w / sqrt(var + eps), b)
/// order        parameter gradients: a sample's pixels by NUMERICS.md 4, then samples ascending
Tensor batch_norm_eval(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& weight,
                       const Tensor& bias, double eps = 1e-5);

extern const OpDef batch_norm_op, batch_norm_eval_op;

}  // namespace dact
