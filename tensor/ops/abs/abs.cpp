#include "tensor/ops/abs/abs.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor abs(const Tensor& x) { return unary(UnaryId::abs, "abs", x); }

const OpDef abs_op{
    .name = "abs",
    .equation = "y = |x|",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {abs(in[0])}; },
    .vjp = unary_vjp<UnaryId::abs>,
    .saves = kSavesX,
    .samples = [] { return unary_distinct_samples(); },
    .bad_samples = [] { return unary_bad_samples("abs"); },
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = unary_cost<1>,
};

}  // namespace dact
