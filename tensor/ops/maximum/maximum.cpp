#include "tensor/ops/maximum/maximum.hpp"

#include "tensor/ops/elementwise/binary.hpp"
#include "tensor/ops/elementwise/types.hpp"

namespace dact {

Tensor maximum(const Tensor& a, const Tensor& b) {
  return binary(BinaryId::maximum, "maximum", a, b);
}

const OpDef maximum_op{
    .name = "maximum",
    .equation = "y = max(a, b)",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {maximum(in[0], in[1])};
    },
    .vjp = binary_vjp<BinaryId::maximum>,
    .saves = Saves::all_inputs(),
    .samples = [] { return binary_samples(-3, 3, -3, 3); },
    .bad_samples = [] { return binary_bad_samples("maximum", kFloats | kIntegers); },
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = binary_cost<1>,
};

}  // namespace dact
