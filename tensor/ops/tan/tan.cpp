#include "tensor/ops/tan/tan.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor tan(const Tensor& x) { return unary(UnaryId::tan, "tan", x); }

const OpDef tan_op{
    .name = "tan",
    .equation = "y = tan(x)",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {tan(in[0])}; },
    .vjp = unary_vjp<UnaryId::tan>,
    .saves = kSavesY,
    .samples = [] { return unary_samples(-1.3, 1.3); },
    .bad_samples = [] { return unary_bad_samples("tan"); },
    .tolerance = {.bound = 2},
    .cost = unary_cost<66>,
};

}  // namespace dact
