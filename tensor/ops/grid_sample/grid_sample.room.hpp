// What the files of the room share.
#pragma once
#include "tensor/ops/grid_sample/grid_sample.hpp"
#include "tensor/ops/grid_sample/grid_sample.kernels.hpp"

namespace dact::grid_sample_room {

GridSampleOptions options_of(const Attrs& attrs);
Image image_of(const Shape& x, const GridSampleOptions& options);
Tensors vjp(const VjpCtx& c);
std::vector<Sample> samples();
std::vector<BadSample> bad_samples();

}  // namespace dact::grid_sample_room
