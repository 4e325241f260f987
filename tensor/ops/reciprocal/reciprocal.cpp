#include "tensor/ops/reciprocal/reciprocal.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor reciprocal(const Tensor& x) { return unary(UnaryId::reciprocal, "reciprocal", x); }

const OpDef reciprocal_op{
    .name = "reciprocal",
    .equation = "y = 1 / x",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {reciprocal(in[0])};
    },
    .vjp = unary_vjp<UnaryId::reciprocal>,
    .saves = kSavesY,
    .samples = [] { return unary_samples(0.3, 3); },
    .bad_samples = [] { return unary_bad_samples("reciprocal"); },
    .tolerance = {.bound = 0.5},
    .cost = unary_cost<1>,
};

}  // namespace dact
