#pragma once
#include "tensor/op.hpp"
#include "tensor/pair.hpp"

namespace dact {

/// Means over windows that tile the image, for any output size.
/// equation     y[b, c, i, j] = mean of x[b, c, floor(i H / h) .. ceil((i + 1) H / h) - 1, same for
///              columns]
/// x            f32|f64 [B, C, H, W], H, W >= 1; any strides, channels-last is read in place
/// size         [h, w] >= 1, smaller or larger than the image; 1 is the global average
/// returns      [B, C, h, w]; channels-last
/// edge         windows may overlap; B = 0 or C = 0 -> empty; NaN, inf as IEEE addition
/// throws       ShapeError(rank, size), DtypeError
/// gradient     yes, saves nothing
/// order        NUMERICS.md 4: the window's cells row-major, then one division by their number. dx
///              starts at +0 and adds g / n of the windows over it, ascending (NUMERICS.md 6)
/// cost         1 flop per cell of each window, 1 read + 1 write
Tensor adaptive_avg_pool2d(const Tensor& x, Pair size);
extern const OpDef adaptive_avg_pool2d_op;

}  // namespace dact
