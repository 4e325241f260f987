#include "tensor/ops/softplus/softplus.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor softplus(const Tensor& x) { return unary(UnaryId::softplus, "softplus", x); }

const OpDef softplus_op{
    .name = "softplus",
    .equation = "y = log(1 + e^x)",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {softplus(in[0])};
    },
    .vjp = unary_vjp<UnaryId::softplus>,
    .saves = kSavesX,
    .samples = [] { return unary_samples(-6, 6); },
    .bad_samples = [] { return unary_bad_samples("softplus"); },
    .tolerance = {.bound = 4},
    .cost = unary_cost<36>,
};

}  // namespace dact
