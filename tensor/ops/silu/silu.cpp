#include "tensor/ops/silu/silu.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor silu(const Tensor& x) { return unary(UnaryId::silu, "silu", x); }

const OpDef silu_op{
    .name = "silu",
    .equation = "y = x / (1 + exp(-x))",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {silu(in[0])}; },
    .vjp = unary_vjp<UnaryId::silu>,
    .saves = kSavesX,
    .samples = [] { return unary_samples(-6, 6); },
    .bad_samples = [] { return unary_bad_samples("silu"); },
    .tolerance = {.bound = 3},
    .cost = unary_cost<22>,
};

}  // namespace dact
