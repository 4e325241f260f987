// What the files of the room share.
#pragma once
#include "tensor/ops/linear/linear.hpp"

namespace dact::linear_room {

Tensors vjp(const VjpCtx& c);
std::vector<Sample> samples();
std::vector<BadSample> bad_samples();
Cost cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs& attrs);

}  // namespace dact::linear_room
