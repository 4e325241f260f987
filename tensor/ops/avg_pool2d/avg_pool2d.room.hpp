// What the files of the room share.
#pragma once
#include "tensor/ops/avg_pool2d/avg_pool2d.hpp"
#include "tensor/ops/image/pooling.hpp"

namespace dact::avg_pool2d_room {

std::vector<Sample> samples();
std::vector<BadSample> bad_samples();
Cost cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs& attrs);

}  // namespace dact::avg_pool2d_room
