#include "tensor/ops/sin/sin.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor sin(const Tensor& x) { return unary(UnaryId::sin, "sin", x); }

const OpDef sin_op{
    .name = "sin",
    .equation = "y = sin(x)",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {sin(in[0])}; },
    .vjp = unary_vjp<UnaryId::sin>,
    .saves = kSavesX,
    .samples = [] { return unary_samples(-8, 8); },
    .bad_samples = [] { return unary_bad_samples("sin"); },
    .tolerance = {.bound = 2},
    .cost = unary_cost<60>,
};

}  // namespace dact
