// Image operators on a device. Operands are channels-last; results are given, or returned channels-last.
#pragma once
#include "tensor/device.hpp"
#include "tensor/ops/grid_sample/grid_sample.kernels.hpp"
#include "tensor/ops/image/taps.hpp"
#include "tensor/ops/image/windows.hpp"

namespace dact {

void window_means_on_device(const Tensor& x, const AxisWindows& rows, const AxisWindows& cols,
                            Tensor& y);
void window_means_gradient_on_device(const Tensor& g, const AxisWindows& rows,
                                     const AxisWindows& cols, Tensor& dx);
void max_pool_on_device(const Tensor& x, const AxisWindows& rows, const AxisWindows& cols,
                        Tensor& y, Tensor& winner);
/// rows, cols: the windows that cover each input (covering()).
void max_pool_gradient_on_device(const Tensor& g, const Tensor& winner, const AxisWindows& rows,
                                 const AxisWindows& cols, Tensor& dx);
/// x as stored [outer, taps.inputs, inner] to y [outer, outputs, inner].
void blend_on_device(const Tensor& x, const Taps& taps, std::int64_t inner, Tensor& y);
void blend_bytes_on_device(const Tensor& x, std::int64_t inputs,
                           const std::vector<std::int64_t>& begin,
                           const std::vector<std::int64_t>& first,
                           const std::vector<std::int32_t>& weight, std::int64_t inner,
                           int precision, Tensor& y);
void nearest_on_device(const Tensor& x, const std::vector<std::int64_t>& rows,
                       const std::vector<std::int64_t>& cols, Tensor& y);
void affine_grid_on_device(const Tensor& theta, const std::vector<float>& x,
                           const std::vector<float>& y, Tensor& grid);
Tensor affine_grid_gradient_on_device(const Tensor& g, const std::vector<float>& x,
                                      const std::vector<float>& y);

namespace grid_sample_room {
void sample_on_device(const Image& s, const Tensor& x, const Tensor& grid, std::int64_t points,
                      Tensor& y);
void image_gradient_on_device(const Image& s, const Tensor& grid, const Tensor& g,
                              std::int64_t points, Tensor& dx);
void grid_gradient_on_device(const Image& s, const Tensor& x, const Tensor& grid, const Tensor& g,
                             std::int64_t points, Tensor& dgrid);
}  // namespace grid_sample_room

}  // namespace dact
