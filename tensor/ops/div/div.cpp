#include "tensor/ops/div/div.hpp"

#include "tensor/ops/elementwise/binary.hpp"
#include "tensor/ops/elementwise/types.hpp"

namespace dact {

Tensor div(const Tensor& a, const Tensor& b) { return binary(BinaryId::div, "div", a, b); }

const OpDef div_op{
    .name = "div",
    .equation = "y = a / b",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {div(in[0], in[1])};
    },
    .vjp = binary_vjp<BinaryId::div>,
    .saves = Saves::all_inputs(),
    .samples = [] { return binary_samples(-3, 3, 0.3, 3); },
    .bad_samples = [] { return binary_bad_samples("div", kFloats); },
    .tolerance = {.bound = 0.5},
    .cost = binary_cost<1>,
};

}  // namespace dact
