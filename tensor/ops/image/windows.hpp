// Windows along one axis, and the two loops that all pooling shares: means over windows, and the
// derivative of sums over windows written as a gather.
#pragma once
#include <cstdint>
#include <vector>

#include "tensor/pair.hpp"
#include "tensor/tensor.hpp"

namespace dact {

/// Output o of an axis covers inputs [begin[o], end[o]); both never decrease. `count[o]` is the
/// window's share of the divisor: its inputs, or the kernel size where padding counts.
struct AxisWindows {
  std::int64_t inputs = 0;
  std::vector<std::int64_t> begin, end, count;
  std::int64_t outputs() const { return static_cast<std::int64_t>(begin.size()); }
};

/// floor((n + 2 padding - kernel) / stride) + 1 windows, clipped to the image.
AxisWindows sliding_windows(std::int64_t n, std::int64_t kernel, std::int64_t stride,
                            std::int64_t padding, bool count_padding);
/// m windows [floor(i n / m), ceil((i + 1) n / m)).
AxisWindows adaptive_windows(std::int64_t n, std::int64_t m);
/// Output o covers the one input source[o].
AxisWindows single_windows(const std::vector<std::int64_t>& source, std::int64_t n);
/// Turned around: for each input the run of outputs that cover it.
AxisWindows covering(const AxisWindows& windows);

/// y[b, c, o, p] = sum of the window (NUMERICS.md 4, cells row-major) / (rows.count[o]
/// cols.count[p]). x f32|f64 [B, C, H, W]; y channels-last.
Tensor window_means(const Tensor& x, const AxisWindows& rows, const AxisWindows& cols);

/// The derivative of window_means: dx[b, c, h, w] = +0, then + g[b, c, o, p] / count over the
/// windows (o, p) that cover (h, w), ascending. channels-last.
Tensor window_means_gradient(const Tensor& g, const AxisWindows& rows, const AxisWindows& cols);

}  // namespace dact
