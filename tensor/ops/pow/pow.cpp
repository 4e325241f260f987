#include "tensor/ops/pow/pow.hpp"

#include "tensor/ops/elementwise/binary.hpp"
#include "tensor/ops/elementwise/types.hpp"

namespace dact {

Tensor pow(const Tensor& a, const Tensor& b) { return binary(BinaryId::pow, "pow", a, b); }

const OpDef pow_op{
    .name = "pow",
    .equation = "y = a^b",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {pow(in[0], in[1])};
    },
    .vjp = binary_vjp<BinaryId::pow>,
    .saves = Saves::all_inputs(),
    .samples = [] { return binary_samples(0.2, 3, -2, 2); },
    .bad_samples = [] { return binary_bad_samples("pow", kFloats); },
    .tolerance = {.bound = 1},
    .cost = binary_cost<60>,
};

}  // namespace dact
