#pragma once
#include "tensor/op.hpp"

namespace dact {

struct MatmulOptions {
  bool transpose_a = false, transpose_b = false;
};

/// Matrix product of the last two axes; the axes before are batches and broadcast.
/// equation     y[..., m, n] = sum_k a'[..., m, k] b'[..., k, n], where ' swaps the last two axes
/// if asked a            f32|f64 [..., M, K] (transpose_a: [..., K, M]), rank >= 2; any strides b
/// [..., K, N] (transpose_b: [..., N, K]) returns      [..., M, N]; row-major edge         a size
/// of 0 -> empty, K = 0 -> +0; NaN and inf as the chain gives them throws       ShapeError(rank, K,
/// batches), DtypeError gradient     yes, saves a and b order        NUMERICS.md 3: one fma chain
/// over k from +0. da: chain over n, db: chain over m; where a batch axis was
///              broadcast, the products of the batches are added ascending, starting at +0
/// cost         2 batch M N K flops
Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options = {});
extern const OpDef matmul_op;

}  // namespace dact
