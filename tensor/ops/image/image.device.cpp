#include "tensor/ops/image/image.device.hpp"

#include "tensor/ops/image/image.cuda.hpp"
#include "tensor/ops/reduce/reduce.device.hpp"
#include "tensor/ops/scatter/scatter.hpp"

namespace dact {
namespace {

using cuda::launch;

/// Windows of an axis beside x; keeps the uploaded lists alive for as long as the launches are being queued.
struct DeviceWindows {
  Tensor begin, end, count;
  DeviceWindows(const Tensor& x, const AxisWindows& w)
      : begin(beside(x, w.begin)), end(beside(x, w.end)), count(beside(x, w.count)) {}
  cuda::Windows get() const {
    return {device_data<std::int64_t>(begin), device_data<std::int64_t>(end),
            device_data<std::int64_t>(count)};
  }
};

}  // namespace

void window_means_on_device(const Tensor& x, const AxisWindows& rows, const AxisWindows& cols,
                            Tensor& y) {
  const DeviceWindows r(x, rows), c(x, cols);
  launch("window means", y.numel(),
         cuda::WindowMeans{device_data<float>(x), device_mutate<float>(y), r.get(), c.get(),
                           x.size(2), x.size(3), x.size(1), y.size(2), y.size(3)});
}

void window_means_gradient_on_device(const Tensor& g, const AxisWindows& rows,
                                     const AxisWindows& cols, Tensor& dx) {
  const DeviceWindows by_row(g, covering(rows)), by_col(g, covering(cols));
  const Tensor row_count = beside(g, rows.count), col_count = beside(g, cols.count);
  launch("window means gradient", dx.numel(),
         cuda::WindowGradient{device_data<float>(g), device_mutate<float>(dx), by_row.get(),
                              by_col.get(), device_data<std::int64_t>(row_count),
                              device_data<std::int64_t>(col_count), g.size(2), g.size(3), g.size(1),
                              dx.size(2), dx.size(3)});
}

void max_pool_on_device(const Tensor& x, const AxisWindows& rows, const AxisWindows& cols,
                        Tensor& y, Tensor& winner) {
  const DeviceWindows r(x, rows), c(x, cols);
  launch("max_pool2d", y.numel(),
         cuda::MaxPool{device_data<float>(x), device_mutate<float>(y),
                       device_mutate<std::int64_t>(winner), r.get(), c.get(), x.size(2), x.size(3),
                       x.size(1), y.size(2), y.size(3)});
}

void max_pool_gradient_on_device(const Tensor& g, const Tensor& winner, const AxisWindows& rows,
                                 const AxisWindows& cols, Tensor& dx) {
  const DeviceWindows r(g, rows), c(g, cols);
  launch("max_pool2d gradient", dx.numel(),
         cuda::MaxPoolGradient{device_data<float>(g), device_data<std::int64_t>(winner),
                               device_mutate<float>(dx), r.get(), c.get(), g.size(2), g.size(3),
                               g.size(1), dx.size(2), dx.size(3)});
}

void blend_on_device(const Tensor& x, const Taps& taps, std::int64_t inner, Tensor& y) {
  const Tensor begin = beside(x, taps.begin), first = beside(x, taps.first),
               weight = beside(x, taps.weight);
  launch("resample", y.numel(),
         cuda::BlendTaps{device_data<float>(x), device_mutate<float>(y),
                         device_data<std::int64_t>(begin), device_data<std::int64_t>(first),
                         device_data<float>(weight), taps.inputs, taps.outputs(), inner});
}

void blend_bytes_on_device(const Tensor& x, std::int64_t inputs,
                           const std::vector<std::int64_t>& begin,
                           const std::vector<std::int64_t>& first,
                           const std::vector<std::int32_t>& weight, std::int64_t inner,
                           int precision, Tensor& y) {
  const Tensor b = beside(x, begin), f = beside(x, first), w = beside(x, weight);
  launch("resize_u8", y.numel(),
         cuda::BlendBytes{device_data<std::uint8_t>(x), device_mutate<std::uint8_t>(y),
                          device_data<std::int64_t>(b), device_data<std::int64_t>(f),
                          device_data<std::int32_t>(w), inputs,
                          static_cast<std::int64_t>(begin.size()), inner, precision});
}

namespace {

template <class Bits>
void nearest(const Tensor& x, const Tensor& rows, const Tensor& cols, Tensor& y) {
  launch("interpolate_nearest", y.numel(),
         cuda::NearestKernel<Bits>{static_cast<const Bits*>(x.address()),
                                   static_cast<Bits*>(y.mutate_address()),
                                   device_data<std::int64_t>(rows), device_data<std::int64_t>(cols),
                                   x.size(2), x.size(3), x.size(1), y.size(2), y.size(3)});
}

}  // namespace

void nearest_on_device(const Tensor& x, const std::vector<std::int64_t>& rows,
                       const std::vector<std::int64_t>& cols, Tensor& y) {
  const Tensor r = beside(x, rows), c = beside(x, cols);
  switch (size_of(x.dtype())) {
    case 8:
      return nearest<std::uint64_t>(x, r, c, y);
    case 4:
      return nearest<std::uint32_t>(x, r, c, y);
    case 2:
      return nearest<std::uint16_t>(x, r, c, y);
    default:
      return nearest<std::uint8_t>(x, r, c, y);
  }
}

void affine_grid_on_device(const Tensor& theta, const std::vector<float>& x,
                           const std::vector<float>& y, Tensor& grid) {
  const Tensor across = beside(theta, x), down = beside(theta, y);
  launch("affine_grid", grid.numel(),
         cuda::AffineGrid{device_data<float>(theta), device_data<float>(across),
                          device_data<float>(down), device_mutate<float>(grid), grid.size(1),
                          grid.size(2)});
}

Tensor affine_grid_gradient_on_device(const Tensor& g, const std::vector<float>& x,
                                      const std::vector<float>& y) {
  const Tensor across = beside(g, x), down = beside(g, y);
  const cuda::AffineGradientValue value{device_data<float>(g), device_data<float>(across),
                                        device_data<float>(down), g.size(1), g.size(2)};
  return sum_on_device("affine_grid gradient", value, 6 * g.size(0), g.size(1) * g.size(2), true)
      .reshaped({g.size(0), 2, 3});
}

namespace grid_sample_room {

void sample_on_device(const Image& s, const Tensor& x, const Tensor& grid, std::int64_t points,
                      Tensor& y) {
  launch("grid_sample", y.numel(),
         cuda::SamplePoints{s, device_data<float>(x), device_data<float>(grid),
                            device_mutate<float>(y), points});
}

// The plan is sorted on the host: one wait per image.
void image_gradient_on_device(const Image& s, const Tensor& grid, const Tensor& g,
                              std::int64_t points, Tensor& dx) {
  const std::int64_t pixels = s.height * s.width * s.channels;
  float* to = device_mutate<float>(dx);
  for (std::int64_t b = 0; b < grid.size(0); ++b) {
    Tensor pixel = empty({4 * points}, DType::i64, grid.device());
    Tensor weight = empty({4 * points}, DType::f32, grid.device());
    launch("grid_sample places", points,
           cuda::PlacePoints{s, device_data<float>(grid) + 2 * b * points,
                             device_mutate<std::int64_t>(pixel), device_mutate<float>(weight)});
    const ScatterPlan plan(pixel.to_vector<std::int64_t>(), s.height * s.width);
    const auto [begin, source] = plan.on_device();
    launch("grid_sample gradient", pixels,
           cuda::GatherPoints{device_data<float>(weight),
                              device_data<float>(g) + b * points * s.channels,
                              device_data<std::int64_t>(begin), device_data<std::int64_t>(source),
                              to + b * pixels, s.channels});
  }
}

void grid_gradient_on_device(const Image& s, const Tensor& x, const Tensor& grid, const Tensor& g,
                             std::int64_t points, Tensor& dgrid) {
  launch("grid_sample grid gradient", dgrid.numel() / 2,
         cuda::GridGradient{s, device_data<float>(x), device_data<float>(grid),
                            device_data<float>(g), device_mutate<float>(dgrid), points});
}

}  // namespace grid_sample_room
}  // namespace dact
