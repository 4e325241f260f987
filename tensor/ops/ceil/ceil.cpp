#include "tensor/ops/ceil/ceil.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor ceil(const Tensor& x) { return unary(UnaryId::ceil, "ceil", x); }

const OpDef ceil_op{
    .name = "ceil",
    .equation = "y = min { k integer : k >= x }",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {ceil(in[0])}; },
    .no_gradient = "its gradient is zero wherever it is defined",
    .saves = Saves::none(),
    .samples = [] { return unary_samples(-5, 5); },
    .bad_samples = [] { return unary_bad_samples("ceil"); },
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = unary_cost<1>,
};

}  // namespace dact
