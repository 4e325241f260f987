#include "tensor/ops/asin/asin.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor asin(const Tensor& x) { return unary(UnaryId::asin, "asin", x); }

const OpDef asin_op{
    .name = "asin",
    .equation = "y = asin(x)",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {asin(in[0])}; },
    .vjp = unary_vjp<UnaryId::asin>,
    .saves = kSavesX,
    .samples = [] { return unary_samples(-0.9, 0.9); },
    .bad_samples = [] { return unary_bad_samples("asin"); },
    .tolerance = {.bound = 4},
    .cost = unary_cost<20>,
};

}  // namespace dact
