#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Dropout with the project's random stream: the mask is a pure function of key, sample and element.
/// equation     y = u >= p ? x s : 0,  s = f32(1 / (1 - p)),  u uniform in [0, 1) (NUMERICS.md 9, row-major element of
///              its sample, sample = index on axis 0)
/// x            f32|f64 [B, ...]; any strides
/// p            in [0, 1); key: seed, name of the use, draw (the training step)
/// returns      same shape and dtype; row-major
/// edge         a dropped NaN is 0; p = 0 -> x s with s = 1
/// throws       UsageError(p), DtypeError
/// gradient     yes, the same mask; saves nothing
/// cost         2n flops, 1 read + 1 write, 2n bits of Philox
/// source       Srivastava et al. 2014, in the inverted form
Tensor dropout(const Tensor& x, double p, const RandomKey& key);
extern const OpDef dropout_op;

}  // namespace dact
