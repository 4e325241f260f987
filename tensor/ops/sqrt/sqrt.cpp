#include "tensor/ops/sqrt/sqrt.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor sqrt(const Tensor& x) { return unary(UnaryId::sqrt, "sqrt", x); }

const OpDef sqrt_op{
    .name = "sqrt",
    .equation = "y = sqrt(x)",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {sqrt(in[0])}; },
    .vjp = unary_vjp<UnaryId::sqrt>,
    .saves = kSavesY,
    .samples = [] { return unary_samples(0.1, 4); },
    .bad_samples = [] { return unary_bad_samples("sqrt"); },
    .tolerance = {.bound = 0.5},
    .cost = unary_cost<1>,
};

}  // namespace dact
