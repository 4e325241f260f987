#include "tensor/ops/log1p/log1p.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor log1p(const Tensor& x) { return unary(UnaryId::log1p, "log1p", x); }

const OpDef log1p_op{
    .name = "log1p",
    .equation = "y = log(1 + x)",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {log1p(in[0])}; },
    .vjp = unary_vjp<UnaryId::log1p>,
    .saves = kSavesX,
    .samples = [] { return unary_samples(-0.8, 4); },
    .bad_samples = [] { return unary_bad_samples("log1p"); },
    .tolerance = {.bound = 4},
    .cost = unary_cost<26>,
};

}  // namespace dact
