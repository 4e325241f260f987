#include "tensor/ops/tanh/tanh.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor tanh(const Tensor& x) { return unary(UnaryId::tanh, "tanh", x); }

const OpDef tanh_op{
    .name = "tanh",
    .equation = "y = tanh(x)",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {tanh(in[0])}; },
    .vjp = unary_vjp<UnaryId::tanh>,
    .saves = kSavesY,
    .samples = [] { return unary_samples(-3, 3); },
    .bad_samples = [] { return unary_bad_samples("tanh"); },
    .tolerance = {.bound = 2},
    .cost = unary_cost<24>,
};

}  // namespace dact
