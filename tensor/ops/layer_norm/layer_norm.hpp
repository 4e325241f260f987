#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Layer normalisation over the last axes.
/// equation     y = fma(x - mean, rstd w, b),  rstd = 1 / sqrt(M2 / n + eps);  absent w: rstd alone, absent b: + 0
/// x            f32|f64 [..., normalized...]; any strides
/// weight, bias [normalized...] or absent; their shape is that of x's last `axes` axes
/// returns      same shape and dtype; row-major
/// edge         NaN in a row -> the whole row NaN; a constant row -> b; empty -> empty
/// throws       ShapeError(axes, weight, bias), DtypeError, UsageError(eps <= 0)
/// gradient     yes, by x, weight and bias; saves x and weight
/// order        NUMERICS.md 5 per row. Row sums of the gradient by section 4; parameters: rows of a sample by section 4,
///              then samples (axis 0 of x) ascending
/// cost         10n flops, 2 reads + 1 write
/// source       Ba, Kiros, Hinton 2016, eq. 3
Tensor layer_norm(const Tensor& x, std::int64_t axes, const Tensor& weight, const Tensor& bias,
                  double eps = 1e-5);
extern const OpDef layer_norm_op;

}  // namespace dact
