#include "tensor/ops/cos/cos.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor cos(const Tensor& x) { return unary(UnaryId::cos, "cos", x); }

const OpDef cos_op{
    .name = "cos",
    .equation = "y = cos(x)",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {cos(in[0])}; },
    .vjp = unary_vjp<UnaryId::cos>,
    .saves = kSavesX,
    .samples = [] { return unary_samples(-8, 8); },
    .bad_samples = [] { return unary_bad_samples("cos"); },
    .tolerance = {.bound = 2},
    .cost = unary_cost<60>,
};

}  // namespace dact
