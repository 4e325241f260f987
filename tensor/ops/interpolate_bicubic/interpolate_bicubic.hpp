#pragma once
#include "tensor/op.hpp"
#include "tensor/pair.hpp"

namespace dact {

/// Bicubic resizing without antialias.
/// equation     y[i, j] = sum_{r, s} u_ir v_js x[r, s], four taps a direction, a = -0.75
///              (bicubic_taps)
/// x            f32|f64 [B, C, H, W], sides in [1, 2^24]; any strides, channels-last is read in
///              place
/// size         [h, w] in [1, 2^24]
/// align_corners  corner pixels' centres (true) or the image's edges (false) are mapped onto each
///              other
/// returns      [B, C, h, w]; channels-last
/// edge         a direction whose size stays the same is copied bit for bit; otherwise -0 alone
///              becomes +0; B = 0 or C = 0 -> empty; NaN and inf reach every output that has a tap
///              on them
/// throws       ShapeError(rank, size), DtypeError
/// gradient     yes, saves nothing: the transposed taps as a gather, outputs ascending, rows first
/// order        coordinates and weights in float, tensor/ops/image/taps.hpp; columns first, then
///              rows, one fma chain from +0 per value, taps ascending
/// cost         16 flops per output, 1 read + 1 write, and the picture between the passes
/// source       Keys 1981; PyTorch's interpolate(mode = bicubic)
Tensor interpolate_bicubic(const Tensor& x, Pair size, bool align_corners = false);
extern const OpDef interpolate_bicubic_op;

}  // namespace dact
