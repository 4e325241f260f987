// What the files of the room share.
#pragma once
#include "tensor/ops/image/pooling.hpp"
#include "tensor/ops/image/windows.hpp"
#include "tensor/ops/max_pool2d/max_pool2d.hpp"

namespace dact::max_pool2d_room {

AxisWindows rows_of(const Shape& x, const Sliding& s);
AxisWindows cols_of(const Shape& x, const Sliding& s);
Tensors vjp(const VjpCtx& c);
std::vector<Sample> samples();
std::vector<BadSample> bad_samples();
Cost cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs& attrs);

}  // namespace dact::max_pool2d_room
