#include "tensor/ops/neg/neg.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor neg(const Tensor& x) { return unary(UnaryId::neg, "neg", x); }

const OpDef neg_op{
    .name = "neg",
    .equation = "y = -x",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {neg(in[0])}; },
    .vjp = unary_vjp<UnaryId::neg>,
    .saves = Saves::none(),
    .samples = [] { return unary_samples(-3, 3); },
    .bad_samples = [] { return unary_bad_samples("neg"); },
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = unary_cost<1>,
};

}  // namespace dact
