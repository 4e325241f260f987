#pragma once
#include "tensor/op.hpp"
#include "tensor/pair.hpp"

namespace dact {

/// The points at which grid_sample shows an image under affine maps.
/// equation     grid[b, i, j] = theta[b] (x_j, y_i, 1); x_j = (2j + 1 - w) / w (align_corners: (2j
///              - (w - 1)) / (w - 1), 0 when w = 1), y_i the same with h: the pixels' centres, -1
///              .. 1 across the output
/// theta        f32|f64 [B, 2, 3]; any strides
/// size         [h, w] in [1, 2^24]
/// returns      [B, h, w, 2], x before y; row-major
/// edge         B = 0 -> empty; NaN, inf as the chain gives them
/// throws       ShapeError(theta, size), DtypeError
/// gradient     yes, saves nothing
/// order        x_j, y_i: one division in theta's dtype; each coordinate one fma chain from +0 over
///              theta's three columns. dtheta: sum (NUMERICS.md 4) over the points, row-major, of
///              the rounded products g x_j, g y_i, g
/// cost         5 flops per coordinate, 1 write
/// source       Jaderberg et al. 2015; PyTorch's affine_grid
Tensor affine_grid(const Tensor& theta, Pair size, bool align_corners = false);
extern const OpDef affine_grid_op;

}  // namespace dact
