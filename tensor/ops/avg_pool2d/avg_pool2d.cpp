#include "tensor/ops/avg_pool2d/avg_pool2d.hpp"

#include "tensor/ops/avg_pool2d/avg_pool2d.room.hpp"
#include "tensor/ops/image/images.hpp"
#include "tensor/ops/image/windows.hpp"

namespace dact {

namespace avg_pool2d_room {

AxisWindows rows_of(const Shape& x, const Sliding& s, bool include) {
  return sliding_windows(x[2], s.kernel.h, s.stride.h, s.padding.h, include);
}
AxisWindows cols_of(const Shape& x, const Sliding& s, bool include) {
  return sliding_windows(x[3], s.kernel.w, s.stride.w, s.padding.w, include);
}

// y_o = (1 / n_o) sum over i in window(o) of x_i => dx_i = sum over the windows o over i of g_o /
// n_o
Tensors vjp(const VjpCtx& c) {
  const Sliding s = sliding_of("avg_pool2d", c.attrs);
  const bool include = c.attrs.flag("count_include_pad");
  const Shape& x = c.in_shapes[0];
  return {window_means_gradient(c.grad[0], rows_of(x, s, include), cols_of(x, s, include))};
}

}  // namespace avg_pool2d_room

Attrs attrs_of(Pair kernel, const AvgPool2dOptions& options) {
  return sliding_attrs({kernel, options.stride.value_or(kernel), options.padding},
                       {{"count_include_pad", options.count_include_pad}});
}

Tensor avg_pool2d(const Tensor& x, Pair kernel, const AvgPool2dOptions& options) {
  const Sliding s{kernel, options.stride.value_or(kernel), options.padding};
  require_images("avg_pool2d", x);
  require_sliding("avg_pool2d", x.shape(), s);
  const bool include = options.count_include_pad;
  return window_means(x, avg_pool2d_room::rows_of(x.shape(), s, include),
                      avg_pool2d_room::cols_of(x.shape(), s, include));
}

const OpDef avg_pool2d_op{
    .name = "avg_pool2d",
    .equation = "y[i, j] = (sum over the window at (i, j) of x) / n",
    .group = OpGroup::image,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      const Sliding s = sliding_of("avg_pool2d", a);
      return {avg_pool2d(in[0], s.kernel, {s.stride, s.padding, a.flag("count_include_pad")})};
    },
    .vjp = avg_pool2d_room::vjp,
    .saves = Saves::none(),
    .samples = avg_pool2d_room::samples,
    .bad_samples = avg_pool2d_room::bad_samples,
    .tolerance = {Tolerance::Unit::scaled, 6},
    .cost = avg_pool2d_room::cost,
};

}  // namespace dact
