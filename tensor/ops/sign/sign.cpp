#include "tensor/ops/sign/sign.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor sign(const Tensor& x) { return unary(UnaryId::sign, "sign", x); }

const OpDef sign_op{
    .name = "sign",
    .equation = "y = -1, 0 or 1 as x < 0, x = 0, x > 0",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {sign(in[0])}; },
    .no_gradient = "its gradient is zero wherever it is defined",
    .saves = Saves::none(),
    .samples = [] { return unary_distinct_samples(); },
    .bad_samples = [] { return unary_bad_samples("sign"); },
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = unary_cost<1>,
};

}  // namespace dact
