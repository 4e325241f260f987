// y_p = sum_k w_k(p) x_k(p), k the corners of point p at (u, v) dx_i = sum over the (p, k) with
// k(p) = i of w_k(p) g_p: a scatter, turned into one gather per pixel dy_p/du = (1 - fy) (x01 -
// x00) + fy (x11 - x10), since dw/du = -+ (1 - fy), -+ fy; dy_p/dv alike with fx dgrid_p = sum_c
// g_pc (dy_pc/du du/dgx, dy_pc/dv dv/dgy)
#include <vector>

#include "tensor/ops/grid_sample/grid_sample.room.hpp"
#include "tensor/ops/image/image.device.hpp"
#include "tensor/ops/image/images.hpp"
#include "tensor/ops/scatter/scatter.hpp"
#include "tensor/parallel.hpp"

namespace dact::grid_sample_room {
namespace {

constexpr std::int64_t kGrain = 4096;  // elements worth handing to another thread

template <class T>
void image_gradient(const Image& s, const T* grid, const T* g, std::int64_t points, T* dx) {
  std::vector<std::int64_t> pixel(static_cast<std::size_t>(4 * points));
  std::vector<T> weight(pixel.size());
  const auto place = DACT_KERNEL(T, place_points);
  parallel_ranges(points, kGrain, [&](std::int64_t begin, std::int64_t end) {
    place(s, grid + 2 * begin, end - begin, pixel.data() + 4 * begin, weight.data() + 4 * begin);
  });
  const ScatterPlan plan(pixel, s.height * s.width);
  const auto gather = DACT_KERNEL(T, gather_points);
  parallel_ranges(plan.destinations(), kGrain / s.channels + 1,
                  [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t d = begin; d < end; ++d) {
                      const std::span<const std::int64_t> sources = plan.sources(d);
                      gather(s.channels, sources.data(), static_cast<std::int64_t>(sources.size()),
                             weight.data(), g, dx + d * s.channels);
                    }
                  });
}

template <class T>
void point_gradient(const Image& s, const T* x, const T* grid, const T* g, std::int64_t points,
                    T* dgrid) {
  const auto kernel = DACT_KERNEL(T, grid_gradient);
  parallel_ranges(
      points, kGrain / (8 * s.channels + 8) + 1, [&](std::int64_t begin, std::int64_t end) {
        kernel(s, x, grid + 2 * begin, g + begin * s.channels, end - begin, dgrid + 2 * begin);
      });
}

}  // namespace

Tensors vjp(const VjpCtx& c) {
  const Image image = image_of(c.in_shapes[0], options_of(c.attrs));
  const Tensor grid = c.in[1].contiguous(), g = c.grad[0].contiguous_channels_last();
  const std::int64_t points = grid.size(1) * grid.size(2), batch = grid.size(0);
  const std::int64_t pixels = image.height * image.width * image.channels;
  const Tensor x = c.wanted[1] ? c.in[0].contiguous_channels_last() : Tensor();
  Tensor dx = c.wanted[0] ? empty_channels_last(c.in_shapes[0], c.dtype, g.device()) : Tensor();
  Tensor dgrid = c.wanted[1] ? empty(c.in_shapes[1], c.dtype, g.device()) : Tensor();
  if (on_device(g)) {
    if (c.wanted[0] && dx.numel() > 0) image_gradient_on_device(image, grid, g, points, dx);
    if (c.wanted[1]) grid_gradient_on_device(image, x, grid, g, points, dgrid);
    return {dx, dgrid};
  }
  dispatch_float("grid_sample", g, [&]<class T>() {
    T* to_x = c.wanted[0] ? dx.mutate<T>() : nullptr;
    T* to_grid = c.wanted[1] ? dgrid.mutate<T>() : nullptr;
    for (std::int64_t b = 0; b < batch; ++b) {
      const T* at = grid.data<T>() + 2 * b * points;
      const T* upstream = g.data<T>() + b * points * image.channels;
      if (to_x && image.channels > 0)
        image_gradient(image, at, upstream, points, to_x + b * pixels);
      if (to_grid)
        point_gradient(image, x.data<T>() + b * pixels, at, upstream, points,
                       to_grid + 2 * b * points);
    }
  });
  return {dx, dgrid};
}

}  // namespace dact::grid_sample_room
