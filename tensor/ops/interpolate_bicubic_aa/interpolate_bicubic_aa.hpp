#pragma once
#include "tensor/op.hpp"
#include "tensor/pair.hpp"

namespace dact {

/// Bicubic resizing with antialias: Keys' cubic, a = -0.5, stretched by the reduction.
/// equation     y[i, j] = sum_{r, s} u_ir v_js x[r, s] (antialias_taps, cubic)
/// x            f32|f64 [B, C, H, W], sides in [1, 2^24]; any strides, channels-last is read in
///              place
/// size         [h, w] in [1, 2^24]
/// returns      [B, C, h, w]; channels-last
/// edge         a direction whose size stays the same is copied bit for bit; otherwise -0 alone
///              becomes +0; B = 0 or C = 0 -> empty; NaN and inf reach every output that has a tap
///              on them
/// throws       ShapeError(rank, size), DtypeError
/// gradient     yes, saves nothing: the transposed taps as a gather, outputs ascending, rows first
/// order        coordinates and weights in float, tensor/ops/image/taps.hpp; columns first, then
///              rows, one fma chain from +0 per value, taps ascending
/// cost         16 flops per output, 1 read + 1 write, and the picture between the passes
/// source       Keys 1981; PyTorch's interpolate(mode = bicubic, antialias), torchvision's resize
///              of float images
Tensor interpolate_bicubic_aa(const Tensor& x, Pair size);
extern const OpDef interpolate_bicubic_aa_op;

}  // namespace dact
