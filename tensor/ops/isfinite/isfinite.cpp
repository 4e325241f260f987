#include "tensor/ops/isfinite/isfinite.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor isfinite(const Tensor& x) { return unary(UnaryId::isfinite, "isfinite", x); }

const OpDef isfinite_op{
    .name = "isfinite",
    .equation = "y = x is neither infinite nor NaN",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {isfinite(in[0])};
    },
    .no_gradient = "its result is of bool",
    .saves = Saves::none(),
    .samples = [] { return unary_samples(-3, 3); },
    .bad_samples = [] { return unary_bad_samples("isfinite"); },
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = unary_cost<1>,
};

}  // namespace dact
