#include "tensor/ops/max_pool2d/max_pool2d.hpp"

#include "tensor/ops/image/image.device.hpp"
#include "tensor/ops/image/images.hpp"
#include "tensor/ops/image/rows.hpp"
#include "tensor/ops/max_pool2d/max_pool2d.kernels.hpp"
#include "tensor/ops/max_pool2d/max_pool2d.room.hpp"

namespace dact {

namespace max_pool2d_room {

AxisWindows rows_of(const Shape& x, const Sliding& s) {
  return sliding_windows(x[2], s.kernel.h, s.stride.h, s.padding.h, false);
}
AxisWindows cols_of(const Shape& x, const Sliding& s) {
  return sliding_windows(x[3], s.kernel.w, s.stride.w, s.padding.w, false);
}

namespace {

void check(const Tensor& x, const Sliding& s) {
  require_images("max_pool2d", x);
  require_sliding("max_pool2d", x.shape(), s);
  if (x.size(2) * x.size(3) >= std::int64_t{1} << 31)
    throw ShapeError("max_pool2d", "x must have planes of fewer than 2^31 pixels, got " + x.str());
}

}  // namespace
}  // namespace max_pool2d_room

Attrs attrs_of(Pair kernel, const MaxPool2dOptions& options) {
  return sliding_attrs({kernel, options.stride.value_or(kernel), options.padding});
}

Tensors max_pool2d(const Tensor& x, Pair kernel, const MaxPool2dOptions& options) {
  const Sliding s{kernel, options.stride.value_or(kernel), options.padding};
  max_pool2d_room::check(x, s);
  const AxisWindows rows = max_pool2d_room::rows_of(x.shape(), s);
  const AxisWindows cols = max_pool2d_room::cols_of(x.shape(), s);
  const std::int64_t channels = x.size(1), height = x.size(2), width = x.size(3);
  const Shape shape{x.size(0), channels, rows.outputs(), cols.outputs()};
  const Tensor in = x.contiguous_channels_last();
  Tensor out = empty_channels_last(shape, x.dtype(), x.device());
  Tensor winner = empty_channels_last(shape, DType::i64, x.device());
  if (on_device(x)) {
    max_pool_on_device(in, rows, cols, out, winner);
    return {out, winner};
  }
  dispatch_float("max_pool2d", x, [&]<class T>() {
    const auto kernel_row = DACT_KERNEL(T, max_row);
    const T* src = in.data<T>();
    T* y = out.mutate<T>();
    std::int64_t* won = winner.mutate<std::int64_t>();
    for_image_rows(out, [&](std::int64_t b, std::int64_t o) {
      const std::int64_t first = rows.begin[static_cast<std::size_t>(o)];
      const std::int64_t at = (b * rows.outputs() + o) * cols.outputs() * channels;
      kernel_row({rows.end[static_cast<std::size_t>(o)] - first, width, first, channels,
                  cols.outputs(), cols.begin.data(), cols.end.data()},
                 src + (b * height + first) * width * channels, y + at, won + at);
    });
  });
  return {out, winner};
}

const OpDef max_pool2d_op{
    .name = "max_pool2d",
    .equation = "y[i, j] = max over the window at (i, j) of x",
    .group = OpGroup::image,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      const Sliding s = sliding_of("max_pool2d", a);
      return max_pool2d(in[0], s.kernel, {s.stride, s.padding});
    },
    .vjp = max_pool2d_room::vjp,
    .saves = {.inputs = 0, .outputs = 1u << 1},
    .samples = max_pool2d_room::samples,
    .bad_samples = max_pool2d_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact},
    .cost = max_pool2d_room::cost,
};

}  // namespace dact
