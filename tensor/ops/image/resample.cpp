#include "tensor/ops/image/image.device.hpp"
#include "tensor/ops/image/images.hpp"
#include "tensor/ops/image/resample.kernels.hpp"
#include "tensor/ops/image/rows.hpp"
#include "tensor/ops/image/taps.hpp"

namespace dact {
namespace {

// x channels-last [B, C, H, W] -> [B, C, H, cols]
Tensor across_columns(const Tensor& x, const Taps& cols) {
  if (cols.is_identity()) return x;
  const std::int64_t channels = x.size(1), height = x.size(2), width = x.size(3),
                     outputs = cols.outputs();
  Tensor out = empty_channels_last({x.size(0), channels, height, outputs}, x.dtype(), x.device());
  if (on_device(x)) {
    blend_on_device(x, cols, channels, out);
    return out;
  }
  dispatch_float("resample", x, [&]<class T>() {
    const auto kernel = DACT_KERNEL(T, blend_columns);
    const T* src = x.data<T>();
    T* dst = out.mutate<T>();
    for_image_rows(out, [&](std::int64_t b, std::int64_t h) {
      const std::int64_t row = b * height + h;
      kernel(src + row * width * channels, channels, cols.begin.data(), cols.first.data(),
             cols.weight.data(), outputs, dst + row * outputs * channels);
    });
  });
  return out;
}

// x channels-last [B, C, H, W] -> [B, C, rows, W]
Tensor across_rows(const Tensor& x, const Taps& rows) {
  if (rows.is_identity()) return x;
  const std::int64_t height = x.size(2), line = x.size(1) * x.size(3), outputs = rows.outputs();
  Tensor out =
      empty_channels_last({x.size(0), x.size(1), outputs, x.size(3)}, x.dtype(), x.device());
  if (on_device(x)) {
    blend_on_device(x, rows, line, out);
    return out;
  }
  dispatch_float("resample", x, [&]<class T>() {
    const auto kernel = DACT_KERNEL(T, blend_rows);
    const T* src = x.data<T>();
    T* dst = out.mutate<T>();
    for_image_rows(out, [&](std::int64_t b, std::int64_t o) {
      const auto at = static_cast<std::size_t>(o);
      kernel(src + (b * height + rows.begin[at]) * line, line, rows.count(at),
             rows.weight.data() + rows.first[at], dst + (b * outputs + o) * line, line);
    });
  });
  return out;
}

}  // namespace

Tensor resample(const Tensor& x, const Taps& rows, const Taps& cols) {
  return across_rows(across_columns(x.contiguous_channels_last(), cols), rows);
}

Tensor resample_gradient(const Tensor& g, const Taps& rows, const Taps& cols) {
  return across_columns(across_rows(g.contiguous_channels_last(), transposed(rows)),
                        transposed(cols));
}

}  // namespace dact
