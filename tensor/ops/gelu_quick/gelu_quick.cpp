#include "tensor/ops/gelu_quick/gelu_quick.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor gelu_quick(const Tensor& x) { return unary(UnaryId::gelu_quick, "gelu_quick", x); }

const OpDef gelu_quick_op{
    .name = "gelu_quick",
    .equation = "y = x / (1 + exp(-1.702 x))",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {gelu_quick(in[0])};
    },
    .vjp = unary_vjp<UnaryId::gelu_quick>,
    .saves = kSavesX,
    .samples = [] { return unary_samples(-5, 5); },
    .bad_samples = [] { return unary_bad_samples("gelu_quick"); },
    .tolerance = {.bound = 4},
    .cost = unary_cost<24>,
};

}  // namespace dact
