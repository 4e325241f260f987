#pragma once
#include <cstdint>

#include "tensor/op.hpp"
#include "tensor/pair.hpp"

namespace dact {

struct Conv2dOptions {
  Pair stride = 1;
  Pair padding = 0;
  Pair dilation = 1;
  std::int64_t groups = 1;
};
Attrs attrs_of(const Conv2dOptions& options);

/// Convolution of images (cross-correlation, as in all papers here).
/// equation     y[b, n, i, j] = bias[n] + sum_{kh, kw, c} x[b, c, i sh - ph + kh dh, j sw - pw + kw dw] w[n, c, kh, kw]
/// x            f32|f64 [B, C, H, W]; any strides, channels-last is read in place
/// weight       [N, C / groups, KH, KW]; packed once and kept until it is written
/// bias         [N] or absent
/// options      stride, dilation, groups >= 1; padding >= 0. Output channels of group g read input channels of group g
/// returns      [B, N, OH, OW], OH = (H + 2 ph - dh (KH - 1) - 1) / sh + 1; channels-last
/// edge         B = 0 -> empty; NaN and inf as the chain gives them: an infinite weight makes the border NaN
/// throws       ShapeError(rank, channels, groups, kernel beyond the padded image), DtypeError, UsageError(options)
/// gradient     yes, saves x and weight
/// order        NUMERICS.md 3: one fma chain over (kh, kw, c) from +0, out-of-image inputs as +0 terms; bias added last.
///              dx: chain over (kh, kw, n) from +0, only taps that land on an output.
///              dweight: per sample, positions (i, j) ascending in chunks of 1024, one fma chain g * x each from +0,
///              every position a term (out-of-image x is +0); chunks added ascending; samples added ascending from +0.
///              dbias: the same with additions, acc + g. All sums of sums start at +0.
/// cost         2 B N OH OW KH KW C / groups flops
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv2dOptions& options = {});
extern const OpDef conv2d_op;

/// For a network that only runs forward: keeps `weight` in the packed form that conv2d reads and gives its own buffer
/// back. Whoever reads the weight gets it again, bit for bit. Not while another thread uses it.
void conv2d_fold_weight(const Tensor& weight, std::int64_t groups = 1);

/// The derivatives, for g = dloss/dy. Results as stated above; dx is channels-last, dweight and
/// dbias row-major.
Tensor conv2d_data_gradient(const Tensor& g, const Tensor& weight, const Shape& x_shape,
                            const Conv2dOptions& options);
Tensor conv2d_weight_gradient(const Tensor& g, const Tensor& x, const Shape& weight_shape,
                              const Conv2dOptions& options);
Tensor conv2d_bias_gradient(const Tensor& g);

}  // namespace dact
