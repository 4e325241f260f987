// Samples that every reduction along axes wants.
#pragma once
#include "tensor/op.hpp"

namespace dact {

/// One axis, several, all, along the samples; rank 0 to 5, odd sizes, several chunks of 1024. Attributes axes,
/// keep_axes and `more`. `make` builds the input of a shape. At least `smallest` elements per result.
std::vector<Sample> reduction_samples(InputSpec (*make)(Shape), std::int64_t smallest,
                                      const Attrs& more = {});
/// Axis out of range, axis twice, integer x, no x.
std::vector<BadSample> reduction_bad_samples(std::string name, const Attrs& more = {});
/// Values over [-1, 3): both signs, and means that do not vanish.
InputSpec reduction_uniform(Shape shape);
/// One read, `flops` per element.
template <int flops>
Cost reduction_cost(std::span<const Tensor> in, std::span<const Tensor>, const Attrs&) {
  const auto n = static_cast<double>(in[0].numel());
  return {flops * n, static_cast<double>(size_of(in[0].dtype())) * n};
}

}  // namespace dact
