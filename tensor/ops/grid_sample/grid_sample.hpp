#pragma once
#include "tensor/op.hpp"

namespace dact {

enum class GridPadding {
  zeros,  // pixels outside the image are 0
  border  // coordinates are held inside the image
};
struct GridSampleOptions {
  GridPadding padding = GridPadding::zeros;
  bool align_corners = false;
};
/// "padding" ("zeros" or "border"), "align_corners".
Attrs attrs_of(const GridSampleOptions& options);

/// Samples images at given points, bilinearly.
/// equation     y[b, c, p] = sum over the corners 00, 01, 10, 11 of w x[b, c, v + (0|1), u +
///              (0|1)], (gx, gy) = grid[b, p], -1 .. 1 across the image; u = ((gx + 1) W - 1) / 2
///              (align_corners: (gx + 1) (W - 1) / 2), v the same with gy and H; fx = u - floor(u);
///              w = (1 - fy) (1 - fx), (1 - fy) fx, fy (1 - fx), fy fx
/// x            f32|f64 [B, C, H, W], sides in [1, 2^24]; any strides, channels-last is read in
///              place
/// grid         [B, h, w, 2], x before y; x's dtype; any strides
/// returns      [B, C, h, w]; channels-last
/// edge         corners outside the image are left out; points a pixel and more outside: +0
///              (zeros); NaN coordinate -> NaN (and no gradient to x); B = 0, C = 0, h = 0 or w = 0
///              -> empty
/// throws       ShapeError(ranks, batch, last axis of grid), DtypeError, UsageError(padding)
/// gradient     yes, saves x and grid; by a coordinate held at the border: 0, there and beyond
/// order        in x's dtype, each operation rounded: u = fma(gx, W / 2, (W - 1) / 2), fx = fma(gx,
///              W / 2, (W - 1) / 2 - floor(u)) (align_corners: (W - 1) / 2 in place of W / 2); y:
///              one fma chain over the corners from +0. dx: w g rounded, added from +0 by ascending
///              pixel, then corner (NUMERICS.md 6). dgrid: over channels the sum (NUMERICS.md 4) of
///              g (fy (x11 - x10) + (1 - fy) (x01 - x00)), the bracket as fma(fy, ., (1 - fy) .),
///              times du/dgx; gy alike
/// cost         8 flops per output and coordinates per point, 1 read of the points' corners + 1
///              write
/// source       Jaderberg et al. 2015; PyTorch's grid_sample(mode = bilinear)
Tensor grid_sample(const Tensor& x, const Tensor& grid, const GridSampleOptions& options = {});
extern const OpDef grid_sample_op;

}  // namespace dact
