#pragma once
#include "tensor/op.hpp"
#include "tensor/pair.hpp"

namespace dact {

/// Resizing by the nearest pixel: the UNet's upsampling, label maps.
/// equation     y[b, c, i, j] = x[b, c, min(floor(i H / h), H - 1), min(floor(j W / w), W - 1)]
/// x            any dtype, [B, C, H, W], sides in [1, 2^24]; any strides, channels-last is read in
///              place
/// size         [h, w] in [1, 2^24]
/// returns      [B, C, h, w]; channels-last
/// edge         a copy, bit for bit; B = 0 or C = 0 -> empty
/// throws       ShapeError(rank, size); the gradient needs f32|f64
/// gradient     yes, saves nothing
/// order        scale = H / h in float, then floor(i scale), each operation rounded. dx starts at
///              +0 and adds g of the outputs that copy it, ascending (NUMERICS.md 6)
/// cost         1 read + 1 write
/// source       PyTorch's interpolate(mode = nearest)
Tensor interpolate_nearest(const Tensor& x, Pair size);
extern const OpDef interpolate_nearest_op;

}  // namespace dact
