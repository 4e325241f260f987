#pragma once
#include <optional>

#include "tensor/op.hpp"
#include "tensor/pair.hpp"

namespace dact {

struct MaxPool2dOptions {
  std::optional<Pair> stride = {};  // the kernel size when absent
  Pair padding = 0;
};
/// "kernel", "stride", "padding".
Attrs attrs_of(Pair kernel, const MaxPool2dOptions& options);

/// Maxima over sliding windows, and where they are.
/// equation     y[b, c, i, j] = max over the window of x[b, c, i sh - ph + r, j sw - pw + s]
/// x            f32|f64 [B, C, H, W], H, W >= 1, H W < 2^31; any strides, channels-last is read in
///              place
/// kernel       [kh, kw] >= 1
/// options      stride >= 1; 0 <= padding <= kernel / 2, cells outside the image never win
/// returns      y [B, C, floor((H + 2 ph - kh) / sh) + 1, same for W], and the winner's place h W +
///              w in its plane, i64 of the same shape; both channels-last
/// edge         first winner in row-major order; NaN wins, the first one; +0 > -0; B = 0 or C = 0
///              -> empty
/// throws       ShapeError(rank, kernel larger than the padded image), DtypeError,
///              UsageError(options)
/// gradient     yes, saves the winners; to the first winner
/// order        dx starts at +0 and adds g of the windows that it won, ascending (NUMERICS.md 6)
/// cost         kh kw comparisons per output, 1 read + 1 write
Tensors max_pool2d(const Tensor& x, Pair kernel, const MaxPool2dOptions& options = {});
extern const OpDef max_pool2d_op;

}  // namespace dact
