#include "tensor/ops/floor/floor.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor floor(const Tensor& x) { return unary(UnaryId::floor, "floor", x); }

const OpDef floor_op{
    .name = "floor",
    .equation = "y = max { k integer : k <= x }",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {floor(in[0])}; },
    .no_gradient = "its gradient is zero wherever it is defined",
    .saves = Saves::none(),
    .samples = [] { return unary_samples(-5, 5); },
    .bad_samples = [] { return unary_bad_samples("floor"); },
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = unary_cost<1>,
};

}  // namespace dact
