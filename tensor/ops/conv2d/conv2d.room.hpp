// What the files of the room share.
#pragma once
#include "tensor/ops/conv2d/conv2d.hpp"
#include "tensor/ops/conv2d/conv2d.kernels.hpp"

namespace dact::conv2d_room {

/// Checks shapes and options against each other. ShapeError, UsageError.
Geometry geometry(std::string_view where, const Shape& x, const Shape& weight,
                  const Conv2dOptions& options);
Conv2dOptions options_of(const Attrs& attrs);
Tensors vjp(const VjpCtx& c);
std::vector<Sample> samples();
std::vector<BadSample> bad_samples();
Cost cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs& attrs);

}  // namespace dact::conv2d_room
