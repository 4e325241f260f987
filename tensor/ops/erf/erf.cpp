#include "tensor/ops/erf/erf.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor erf(const Tensor& x) { return unary(UnaryId::erf, "erf", x); }

const OpDef erf_op{
    .name = "erf",
    .equation = "y = 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {erf(in[0])}; },
    .vjp = unary_vjp<UnaryId::erf>,
    .saves = kSavesX,
    .samples = [] { return unary_samples(-3, 3); },
    .bad_samples = [] { return unary_bad_samples("erf"); },
    .tolerance = {.bound = 2},
    .cost = unary_cost<30>,
};

}  // namespace dact
