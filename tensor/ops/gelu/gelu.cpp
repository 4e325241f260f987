#include "tensor/ops/gelu/gelu.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor gelu(const Tensor& x) { return unary(UnaryId::gelu, "gelu", x); }

const OpDef gelu_op{
    .name = "gelu",
    .equation = "y = x / 2 * (1 + erf(x / sqrt(2)))",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {gelu(in[0])}; },
    .vjp = unary_vjp<UnaryId::gelu>,
    .saves = kSavesX,
    .samples = [] { return unary_samples(-5, 5); },
    .bad_samples = [] { return unary_bad_samples("gelu"); },
    .tolerance = {.bound = 4},
    .cost = unary_cost<30>,
};

}  // namespace dact
