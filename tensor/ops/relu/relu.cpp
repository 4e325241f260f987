#include "tensor/ops/relu/relu.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor relu(const Tensor& x) { return unary(UnaryId::relu, "relu", x); }

const OpDef relu_op{
    .name = "relu",
    .equation = "y = max(x, 0)",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {relu(in[0])}; },
    .vjp = unary_vjp<UnaryId::relu>,
    .saves = kSavesY,
    .samples = [] { return unary_distinct_samples(); },
    .bad_samples = [] { return unary_bad_samples("relu"); },
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = unary_cost<1>,
};

}  // namespace dact
