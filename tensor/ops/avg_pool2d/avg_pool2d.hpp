#pragma once
#include <optional>

#include "tensor/op.hpp"
#include "tensor/pair.hpp"

namespace dact {

struct AvgPool2dOptions {
  std::optional<Pair> stride = {};  // the kernel size when absent
  Pair padding = 0;
  bool count_include_pad = true;
};
/// "kernel", "stride", "padding", "count_include_pad".
Attrs attrs_of(Pair kernel, const AvgPool2dOptions& options);

/// Means over sliding windows.
/// equation     y[b, c, i, j] = (sum over the window of x[b, c, i sh - ph + r, j sw - pw + s]) / n
/// x            f32|f64 [B, C, H, W], H, W >= 1; any strides, channels-last is read in place
/// kernel       [kh, kw] >= 1
/// options      stride >= 1; 0 <= padding <= kernel / 2. n = kh kw if count_include_pad, else the
///              number of cells inside the image
/// returns      [B, C, floor((H + 2 ph - kh) / sh) + 1, same for W]; channels-last
/// edge         cells outside the image are left out of the sum; B = 0 or C = 0 -> empty; NaN, inf
///              as IEEE addition
/// throws       ShapeError(rank, kernel larger than the padded image), DtypeError,
///              UsageError(options)
/// gradient     yes, saves nothing
/// order        NUMERICS.md 4: the window's cells inside the image row-major, then one division. dx
///              starts at +0 and adds g / n of the windows over it, ascending (NUMERICS.md 6)
/// cost         kh kw flops per output, 1 read + 1 write
Tensor avg_pool2d(const Tensor& x, Pair kernel, const AvgPool2dOptions& options = {});
extern const OpDef avg_pool2d_op;

}  // namespace dact
