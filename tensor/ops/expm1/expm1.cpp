#include "tensor/ops/expm1/expm1.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor expm1(const Tensor& x) { return unary(UnaryId::expm1, "expm1", x); }

const OpDef expm1_op{
    .name = "expm1",
    .equation = "y = e^x - 1",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {expm1(in[0])}; },
    .vjp = unary_vjp<UnaryId::expm1>,
    .saves = kSavesX,
    .samples = [] { return unary_samples(-4, 4); },
    .bad_samples = [] { return unary_bad_samples("expm1"); },
    .tolerance = {.bound = 4},
    .cost = unary_cost<18>,
};

}  // namespace dact
