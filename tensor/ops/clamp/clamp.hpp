#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Values held between two bounds.
/// equation     y = min(max(x, lo), hi)
/// x            f32|f64, any shape, any strides
/// lo, hi       doubles, lo <= hi, rounded once to x's dtype; -inf and +inf leave a side open
/// returns      same shape, dtype, axis order
/// edge         NaN -> NaN; +0 > -0: lo = +0 turns -0 into +0 (NUMERICS.md 8)
/// throws       DtypeError(x neither f32 nor f64), UsageError(lo > hi or a NaN bound)
/// gradient     yes, saves x; bounds inclusive: 1 where lo <= x <= hi, else 0, also at NaN
/// cost         2n flops, 1 read + 1 write
Tensor clamp(const Tensor& x, double lo, double hi);
extern const OpDef clamp_op;

}  // namespace dact
