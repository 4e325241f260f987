#include "tensor/ops/atan2/atan2.hpp"

#include "tensor/ops/elementwise/binary.hpp"
#include "tensor/ops/elementwise/types.hpp"

namespace dact {

Tensor atan2(const Tensor& y, const Tensor& x) { return binary(BinaryId::atan2, "atan2", y, x); }

const OpDef atan2_op{
    .name = "atan2",
    .equation = "z = angle of x + i y, in [-pi, pi]",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {atan2(in[0], in[1])};
    },
    .vjp = binary_vjp<BinaryId::atan2>,
    .saves = Saves::all_inputs(),
    .samples = [] { return binary_samples(-3, 3, 0.2, 3); },
    .bad_samples = [] { return binary_bad_samples("atan2", kFloats); },
    .tolerance = {.bound = 4},
    .cost = binary_cost<30>,
};

}  // namespace dact
