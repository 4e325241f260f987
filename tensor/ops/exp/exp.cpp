#include "tensor/ops/exp/exp.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor exp(const Tensor& x) { return unary(UnaryId::exp, "exp", x); }

const OpDef exp_op{
    .name = "exp",
    .equation = "y = e^x",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {exp(in[0])}; },
    .vjp = unary_vjp<UnaryId::exp>,
    .saves = kSavesY,
    .samples = [] { return unary_samples(-4, 4); },
    .bad_samples = [] { return unary_bad_samples("exp"); },
    .tolerance = {.bound = 1},
    .cost = unary_cost<16>,
};

}  // namespace dact
