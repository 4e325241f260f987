#include "tensor/ops/sigmoid/sigmoid.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor sigmoid(const Tensor& x) { return unary(UnaryId::sigmoid, "sigmoid", x); }

const OpDef sigmoid_op{
    .name = "sigmoid",
    .equation = "y = 1 / (1 + exp(-x))",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {sigmoid(in[0])}; },
    .vjp = unary_vjp<UnaryId::sigmoid>,
    .saves = kSavesY,
    .samples = [] { return unary_samples(-6, 6); },
    .bad_samples = [] { return unary_bad_samples("sigmoid"); },
    .tolerance = {.bound = 3},
    .cost = unary_cost<18>,
};

}  // namespace dact
