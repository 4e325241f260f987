#include "tensor/ops/square/square.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor square(const Tensor& x) { return unary(UnaryId::square, "square", x); }

const OpDef square_op{
    .name = "square",
    .equation = "y = x * x",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {square(in[0])}; },
    .vjp = unary_vjp<UnaryId::square>,
    .saves = kSavesX,
    .samples = [] { return unary_samples(-3, 3); },
    .bad_samples = [] { return unary_bad_samples("square"); },
    .tolerance = {.bound = 0.5},
    .cost = unary_cost<1>,
};

}  // namespace dact
