#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Scaled dot-product attention.
/// equation     o[b,h,t,:] = sum_s p[t,s] v[b,h,s,:],  p[t,:] = softmax_s(scale q[b,h,t,:].k[b,h,s,:] + mask[b,h,t,s])
/// q            f32|f64 [B, heads, T, D]; any strides; tokens whose D numbers lie side by side are read in place
/// k, v         [B, heads, S, D], [B, heads, S, E]; S may differ from T (cross-attention), S >= 1
/// mask         absent, or added to the scaled products: [B|1, heads|1, T|1, S]; -inf shuts a key out
/// scale        default 1 / sqrt(D)
/// returns      [B, heads, T, E], stored [B, T, heads, E]: the heads of a token lie side by side
/// edge         B, T = 0 -> empty; a row of only -inf or with a NaN -> NaN
/// throws       ShapeError(rank, sizes, S = 0, mask), DtypeError, UsageError(scale not finite)
/// gradient     yes for q, k, v; none for the mask. Saves q, k, v, mask and computes p again
/// order        NUMERICS.md 3: q.k one fma chain over d from +0, then x scale, then + mask; softmax (section 5); p.v one
///              chain over s. Gradients: dv chain over t of p g; dp chain over e of g v; ds = p (dp - sum_s p dp) scale with
///              the sum by section 4; dq chain over s of ds k; dk chain over t of ds q
/// cost         2 B heads T S (D + E) flops; scores stay in cache
/// source       Vaswani et al. 2017, eq. 1
struct AttentionOptions {
  double scale = 0;  // 0: 1 / sqrt(D)
};
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask = {},
                 const AttentionOptions& options = {});
extern const OpDef attention_op;

}  // namespace dact
