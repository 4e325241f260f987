// Separable resampling: the taps along one axis, and the two passes that all interpolations share.
//
// Coordinates and weights are float whatever the tensor's dtype (so the f64 oracle has the same
// taps), every operation rounded, in the order written here; they follow PyTorch's. n = input size,
// m = output size, o = output index.
#pragma once
#include <cstdint>
#include <vector>

#include "tensor/tensor.hpp"

namespace dact {

/// Output o is the sum over t < count of weight[first[o] + t] * x[begin[o] + t].
struct Taps {
  std::int64_t inputs = 0;
  std::vector<std::int64_t> begin, first;  // first has one entry more than there are outputs
  std::vector<float> weight;
  std::int64_t outputs() const { return static_cast<std::int64_t>(begin.size()); }
  std::int64_t count(std::size_t o) const { return first[o + 1] - first[o]; }
  /// Every output is its own input: the pass may be left out.
  bool is_identity() const;
};

/// scale = n / m (align_corners: (n - 1) / (m - 1), 0 when m = 1); s = scale (o + 0.5) - 0.5, at
/// least 0 (align_corners: scale o); i = floor(s), at most n - 1; l = s - i, at most 1: weights 1 -
/// l at i, l at i + 1 (none if l = 0). A tap outside is added to the border's.
Taps bilinear_taps(std::int64_t n, std::int64_t m, bool align_corners);
/// Keys' cubic with a = -0.75: s as above but not held at 0; taps floor(s) - 1 .. floor(s) + 2,
/// distances t + 1, t, 1 - t, 2 - t for t = s - floor(s) (t = 0: one tap). Taps outside are added
/// to the border's, ascending.
Taps bicubic_taps(std::int64_t n, std::int64_t m, bool align_corners);
/// Filters stretched by r = max(n / m, 1): centre c = (n / m) (o + 0.5), support = half r (half = 1
/// triangle, 2 cubic); taps j from trunc(max((c - support) + 0.5, 0)) up to, not including,
/// trunc(min((c + support) + 0.5, n)), weight f(((j - c) + 0.5) (1 / r)), then divided by their sum
/// (ascending from +0). Cubic: Keys with a = -0.5. Taps of weight 0 at either end are left out.
enum class AntialiasFilter { triangle, cubic };
Taps antialias_taps(std::int64_t n, std::int64_t m, AntialiasFilter filter);
/// Turned around, for the derivative: input i becomes the sum over the outputs that it went into,
/// ascending.
Taps transposed(const Taps& taps);

/// x f32|f64 [B, C, H, W] by `cols` along W, then by `rows` along H. Each value of each pass is one
/// chain from +0: acc = fma(weight_t, x_t, acc), taps ascending; a pass that is the identity is
/// left out. Result channels-last.
Tensor resample(const Tensor& x, const Taps& rows, const Taps& cols);
/// Its derivative: the transposed passes, rows first.
Tensor resample_gradient(const Tensor& g, const Taps& rows, const Taps& cols);

}  // namespace dact
