#include "tensor/ops/log/log.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor log(const Tensor& x) { return unary(UnaryId::log, "log", x); }

const OpDef log_op{
    .name = "log",
    .equation = "y = log(x)",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors { return {log(in[0])}; },
    .vjp = unary_vjp<UnaryId::log>,
    .saves = kSavesX,
    .samples = [] { return unary_samples(0.1, 4); },
    .bad_samples = [] { return unary_bad_samples("log"); },
    .tolerance = {.bound = 1},
    .cost = unary_cost<20>,
};

}  // namespace dact
