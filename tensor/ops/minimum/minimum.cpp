#include "tensor/ops/minimum/minimum.hpp"

#include "tensor/ops/elementwise/binary.hpp"
#include "tensor/ops/elementwise/types.hpp"

namespace dact {

Tensor minimum(const Tensor& a, const Tensor& b) {
  return binary(BinaryId::minimum, "minimum", a, b);
}

const OpDef minimum_op{
    .name = "minimum",
    .equation = "y = min(a, b)",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {minimum(in[0], in[1])};
    },
    .vjp = binary_vjp<BinaryId::minimum>,
    .saves = Saves::all_inputs(),
    .samples = [] { return binary_samples(-3, 3, -3, 3); },
    .bad_samples = [] { return binary_bad_samples("minimum", kFloats | kIntegers); },
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = binary_cost<1>,
};

}  // namespace dact
