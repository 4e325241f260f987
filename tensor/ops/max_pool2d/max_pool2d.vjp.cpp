// y_o = x_w(o), w(o) the winner   =>   dx_i = sum over the windows o over i with w(o) = i of g_o
// Saves the winners; finding them again would read x a second time.
#include "tensor/ops/image/image.device.hpp"
#include "tensor/ops/image/images.hpp"
#include "tensor/ops/image/rows.hpp"
#include "tensor/ops/max_pool2d/max_pool2d.kernels.hpp"
#include "tensor/ops/max_pool2d/max_pool2d.room.hpp"

namespace dact::max_pool2d_room {

Tensors vjp(const VjpCtx& c) {
  const Sliding s = sliding_of("max_pool2d", c.attrs);
  const Shape& x = c.in_shapes[0];
  const AxisWindows rows = covering(rows_of(x, s)), cols = covering(cols_of(x, s));
  const Tensor grad = c.grad[0].contiguous_channels_last();
  const Tensor winner = c.out[1].contiguous_channels_last();
  Tensor dx = empty_channels_last(x, grad.dtype(), grad.device());
  if (on_device(grad)) {
    max_pool_gradient_on_device(grad, winner, rows, cols, dx);
    return {dx};
  }
  const std::int64_t channels = x[1], height = grad.size(2), width = grad.size(3);
  dispatch_float("max_pool2d", grad, [&]<class T>() {
    const auto kernel = DACT_KERNEL(T, won_row);
    const T* g = grad.data<T>();
    const std::int64_t* won = winner.data<std::int64_t>();
    T* out = dx.mutate<T>();
    for_image_rows(dx, [&](std::int64_t b, std::int64_t h) {
      const std::int64_t first = rows.begin[static_cast<std::size_t>(h)];
      const std::int64_t at = (b * height + first) * width * channels;
      kernel({rows.end[static_cast<std::size_t>(h)] - first, width, h, channels, x[3],
              cols.begin.data(), cols.end.data()},
             g + at, won + at, out + (b * x[2] + h) * x[3] * channels);
    });
  });
  return {dx};
}

}  // namespace dact::max_pool2d_room
