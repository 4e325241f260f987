#include "tensor/ops/round/round.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor round(const Tensor& x) { return unary(UnaryId::round, "round", x); }

const OpDef round_op{
    .name = "round",
    .equation = "y = the integer k with |x - k| least, the even one of two",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {round(in[0])}; },
    .no_gradient = "its gradient is zero wherever it is defined",
    .saves = Saves::none(),
    .samples = [] { return unary_samples(-5, 5); },
    .bad_samples = [] { return unary_bad_samples("round"); },
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = unary_cost<1>,
};

}  // namespace dact
