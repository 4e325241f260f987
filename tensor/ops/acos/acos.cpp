#include "tensor/ops/acos/acos.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor acos(const Tensor& x) { return unary(UnaryId::acos, "acos", x); }

const OpDef acos_op{
    .name = "acos",
    .equation = "y = acos(x)",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {acos(in[0])}; },
    .vjp = unary_vjp<UnaryId::acos>,
    .saves = kSavesX,
    .samples = [] { return unary_samples(-0.9, 0.9); },
    .bad_samples = [] { return unary_bad_samples("acos"); },
    .tolerance = {.bound = 4},
    .cost = unary_cost<20>,
};

}  // namespace dact
