#include "tensor/ops/image/windows.hpp"

#include <algorithm>

#include "tensor/ops/image/image.device.hpp"
#include "tensor/ops/image/images.hpp"
#include "tensor/ops/image/rows.hpp"
#include "tensor/ops/image/windows.kernels.hpp"

namespace dact {

AxisWindows sliding_windows(std::int64_t n, std::int64_t kernel, std::int64_t stride,
                            std::int64_t padding, bool count_padding) {
  AxisWindows w{.inputs = n, .begin = {}, .end = {}, .count = {}};
  const std::int64_t outputs = (n + 2 * padding - kernel) / stride + 1;
  for (std::int64_t o = 0; o < outputs; ++o) {
    const std::int64_t first = o * stride - padding;
    w.begin.push_back(std::max<std::int64_t>(first, 0));
    w.end.push_back(std::min(first + kernel, n));
    w.count.push_back(count_padding ? kernel : w.end.back() - w.begin.back());
  }
  return w;
}

AxisWindows adaptive_windows(std::int64_t n, std::int64_t m) {
  AxisWindows w{.inputs = n, .begin = {}, .end = {}, .count = {}};
  for (std::int64_t o = 0; o < m; ++o) {
    w.begin.push_back(o * n / m);
    w.end.push_back(((o + 1) * n + m - 1) / m);
    w.count.push_back(w.end.back() - w.begin.back());
  }
  return w;
}

AxisWindows single_windows(const std::vector<std::int64_t>& source, std::int64_t n) {
  AxisWindows w{.inputs = n, .begin = source, .end = {}, .count = {}};
  for (const std::int64_t at : source) {
    w.end.push_back(at + 1);
    w.count.push_back(1);
  }
  return w;
}

AxisWindows covering(const AxisWindows& windows) {
  AxisWindows t{.inputs = windows.outputs(), .begin = {}, .end = {}, .count = {}};
  std::int64_t first = 0, last = 0;
  for (std::int64_t i = 0; i < windows.inputs; ++i) {
    const auto ends = [&](std::int64_t o) { return windows.end[static_cast<std::size_t>(o)]; };
    const auto begins = [&](std::int64_t o) { return windows.begin[static_cast<std::size_t>(o)]; };
    while (first < t.inputs && ends(first) <= i) ++first;
    last = std::max(last, first);
    while (last < t.inputs && begins(last) <= i) ++last;
    t.begin.push_back(first);
    t.end.push_back(last);
    t.count.push_back(last - first);
  }
  return t;
}

namespace {

// The count that all windows of the axis share, else 0.
std::int64_t shared_count(const AxisWindows& w) {
  const bool same = std::all_of(w.count.begin(), w.count.end(),
                                [&](std::int64_t n) { return n == w.count.front(); });
  return same && !w.count.empty() ? w.count.front() : 0;
}

}  // namespace

Tensor window_means(const Tensor& x, const AxisWindows& rows, const AxisWindows& cols) {
  const Tensor in = x.contiguous_channels_last();
  const std::int64_t channels = x.size(1), height = x.size(2), width = x.size(3);
  Tensor out = empty_channels_last({x.size(0), channels, rows.outputs(), cols.outputs()}, x.dtype(),
                                   x.device());
  if (on_device(x)) {
    window_means_on_device(in, rows, cols, out);
    return out;
  }
  dispatch_float("window_means", x, [&]<class T>() {
    const auto kernel = DACT_KERNEL(T, mean_row);
    const T* src = in.data<T>();
    T* dst = out.mutate<T>();
    for_image_rows(out, [&](std::int64_t b, std::int64_t o) {
      const auto at = static_cast<std::size_t>(o);
      const MeanRow row{rows.end[at] - rows.begin[at],
                        width * channels,
                        channels,
                        cols.outputs(),
                        cols.begin.data(),
                        cols.end.data(),
                        cols.count.data(),
                        rows.count[at]};
      kernel(row, src + (b * height + rows.begin[at]) * width * channels,
             dst + (b * rows.outputs() + o) * cols.outputs() * channels);
    });
  });
  return out;
}

Tensor window_means_gradient(const Tensor& g, const AxisWindows& rows, const AxisWindows& cols) {
  const Tensor grad = g.contiguous_channels_last();
  const std::int64_t channels = g.size(1), height = g.size(2), width = g.size(3);
  const AxisWindows by_row = covering(rows), by_col = covering(cols);
  const std::int64_t uniform = shared_count(rows) * shared_count(cols);
  Tensor out =
      empty_channels_last({g.size(0), channels, rows.inputs, cols.inputs}, g.dtype(), g.device());
  if (on_device(g)) {
    window_means_gradient_on_device(grad, rows, cols, out);
    return out;
  }
  dispatch_float("window_means", g, [&]<class T>() {
    const auto kernel = DACT_KERNEL(T, spread_row);
    const T* src = grad.data<T>();
    T* dst = out.mutate<T>();
    for_image_rows(out, [&](std::int64_t b, std::int64_t h) {
      const auto at = static_cast<std::size_t>(h);
      const std::int64_t first = by_row.begin[at];
      const SpreadRow row{by_row.end[at] - first,
                          width * channels,
                          channels,
                          cols.inputs,
                          by_col.begin.data(),
                          by_col.end.data(),
                          rows.count.data() + first,
                          cols.count.data(),
                          uniform};
      kernel(row, src + (b * height + first) * width * channels,
             dst + (b * rows.inputs + h) * cols.inputs * channels);
    });
  });
  return out;
}

}  // namespace dact
