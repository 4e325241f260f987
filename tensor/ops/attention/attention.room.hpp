// What the files of the room share.
#pragma once
#include "tensor/ops/attention/attention.hpp"

namespace dact::attention_room {

/// The mask seen as [B, heads, T, S] (a view, stride 0 where it repeats); undefined stays undefined.
Tensor whole_mask(const Tensor& mask, const Shape& q, const Shape& k);
double scale_of(double asked, std::int64_t width);
Tensors vjp(const VjpCtx& c);
std::vector<Sample> samples();
std::vector<BadSample> bad_samples();
Cost cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs& attrs);

}  // namespace dact::attention_room
