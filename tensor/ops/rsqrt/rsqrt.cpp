#include "tensor/ops/rsqrt/rsqrt.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor rsqrt(const Tensor& x) { return unary(UnaryId::rsqrt, "rsqrt", x); }

const OpDef rsqrt_op{
    .name = "rsqrt",
    .equation = "y = 1 / sqrt(x)",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {rsqrt(in[0])}; },
    .vjp = unary_vjp<UnaryId::rsqrt>,
    .saves = kSavesY,
    .samples = [] { return unary_samples(0.1, 4); },
    .bad_samples = [] { return unary_bad_samples("rsqrt"); },
    .tolerance = {.bound = 1},
    .cost = unary_cost<4>,
};

}  // namespace dact
