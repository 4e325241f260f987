#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Dense layer on the last axis.
/// equation     y[..., n] = sum_k x[..., k] w[n, k] + bias[n]
/// x            f32|f64 [..., in], rank >= 1; any strides
/// weight       [out, in]; packed once and kept until it is written
/// bias         [out] or absent
/// returns      [..., out]; row-major
/// edge         empty rows -> empty; in = 0 -> bias (or +0); NaN and inf as the chain gives them
/// throws       ShapeError(rank, in, bias), DtypeError
/// gradient     yes, saves x and weight
/// order        NUMERICS.md 3: one fma chain over k from +0, bias added last. dx: chain over n.
///              dweight: axis 0 of x is the sample, its other axes are rows. Per sample, rows
///              ascending in chunks of 1024, one fma chain g * x each from +0; chunks added
///              ascending; samples added ascending from +0. With rank 2 a sample is one row, so
///              dweight is a sum of rounded products. dbias: the same with additions, acc + g.
/// cost         2 rows in out flops
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});
extern const OpDef linear_op;

/// For a network that only runs forward: keeps `weight` in the packed form that linear reads and gives its own buffer
/// back. Whoever reads the weight gets it again, bit for bit. Not while another thread uses it.
void linear_fold_weight(const Tensor& weight);

}  // namespace dact
