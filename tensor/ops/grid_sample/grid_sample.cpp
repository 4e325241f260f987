#include "tensor/ops/grid_sample/grid_sample.hpp"

#include "tensor/ops/grid_sample/grid_sample.room.hpp"
#include "tensor/ops/image/image.device.hpp"
#include "tensor/ops/image/images.hpp"
#include "tensor/ops/image/rows.hpp"

namespace dact {

namespace grid_sample_room {

GridSampleOptions options_of(const Attrs& attrs) {
  const std::string& padding = attrs.text("padding");
  if (padding != "zeros" && padding != "border")
    throw UsageError("grid_sample", "padding must be zeros or border, got " + padding);
  return {padding == "zeros" ? GridPadding::zeros : GridPadding::border,
          attrs.flag("align_corners")};
}

Image image_of(const Shape& x, const GridSampleOptions& options) {
  return {x[2], x[3], x[1], options.padding == GridPadding::border, options.align_corners};
}

namespace {

void check(const Tensor& x, const Tensor& grid) {
  require_images("grid_sample", x);
  require_rank("grid_sample", "grid", grid, 4);
  require_same_kind("grid_sample", x, grid);
  if (grid.size(0) != x.size(0) || grid.size(3) != 2)
    throw ShapeError("grid_sample", "grid must be [B, h, w, 2] with x's B, got x " + x.str() +
                                        " and grid " + grid.str());
}

}  // namespace
}  // namespace grid_sample_room

Attrs attrs_of(const GridSampleOptions& options) {
  return {{"padding", options.padding == GridPadding::zeros ? "zeros" : "border"},
          {"align_corners", options.align_corners}};
}

Tensor grid_sample(const Tensor& x, const Tensor& grid, const GridSampleOptions& options) {
  grid_sample_room::check(x, grid);
  const grid_sample_room::Image image = grid_sample_room::image_of(x.shape(), options);
  const Tensor in = x.contiguous_channels_last(), points = grid.contiguous();
  const std::int64_t height = grid.size(1), width = grid.size(2);
  Tensor out =
      empty_channels_last({x.size(0), image.channels, height, width}, x.dtype(), x.device());
  if (on_device(x)) {
    grid_sample_room::sample_on_device(image, in, points, height * width, out);
    return out;
  }
  dispatch_float("grid_sample", x, [&]<class T>() {
    const auto kernel = DACT_KERNEL(T, sample_points);
    const T *src = in.data<T>(), *at = points.data<T>();
    T* y = out.mutate<T>();
    for_image_rows(out, [&](std::int64_t b, std::int64_t h) {
      const std::int64_t first = (b * height + h) * width;
      kernel(image, src + b * image.height * image.width * image.channels, at + 2 * first, width,
             y + first * image.channels);
    });
  });
  return out;
}

const OpDef grid_sample_op{
    .name = "grid_sample",
    .equation = "y[p] = sum over the four pixels around (u, v)(grid[p]) of w x",
    .group = OpGroup::image,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {grid_sample(in[0], in[1], grid_sample_room::options_of(a))};
    },
    .vjp = grid_sample_room::vjp,
    .samples = grid_sample_room::samples,
    .bad_samples = grid_sample_room::bad_samples,
    .tolerance = {Tolerance::Unit::scaled, 6},
    .cost = image_cost<8>,
};

}  // namespace dact
