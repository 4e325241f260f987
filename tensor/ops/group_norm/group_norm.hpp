#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Operands of the fused form beside x; each may be undefined and then has no part in the formula.
struct GroupNormOperands {
  Tensor weight, bias;      // [C]
  Tensor scale_t, shift_t;  // [B, C], from the time embedding
  Tensor scale_z;           // [B, C], from z_sem
};

/// Group normalisation with affine, two-condition scale and shift, and SiLU in one pass.
/// equation     A = rstd w (1 + s_t) (1 + s_z),  D = (b (1 + s_t) + shift) (1 + s_z)
///              v = fma(x - mean, A, D),  y = silu ? v / (1 + exp(-v)) : v;   rstd = 1 / sqrt(M2 / n + eps)
/// x            f32|f64 [B, C, ...], rank 2 to 5; any strides; groups divides C
/// returns      same shape and dtype; channels-last
/// edge         NaN in a group -> the whole group NaN; a constant group -> D; empty -> empty
/// throws       ShapeError(rank, groups, operands), DtypeError, UsageError(eps <= 0)
/// gradient     yes, by all operands; saves the inputs, computes the statistics again
/// order        NUMERICS.md 5: per (sample, channel) chunks of 1024 pixels in two passes, merged ascending, then the
///              group's channels ascending. Gradient sums over pixels by the tree of NUMERICS.md 4, groups' channels
///              ascending, parameters over samples ascending.
/// cost         24n flops, 2 reads + 1 write
/// source       Wu and He 2018, eq. 1-3; scale and shift: Preechakul et al. 2022, eq. 7
Tensor group_norm_silu(const Tensor& x, std::int64_t groups, const GroupNormOperands& operands,
                       double eps = 1e-5, bool silu = true);

/// The same without conditions and without SiLU.
/// equation     y = fma(x - mean, rstd w, b)
Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& weight, const Tensor& bias,
                  double eps = 1e-5);

extern const OpDef group_norm_op, group_norm_silu_op;

}  // namespace dact
