#include "tensor/ops/sub/sub.hpp"

#include "tensor/ops/elementwise/binary.hpp"
#include "tensor/ops/elementwise/types.hpp"
#include "tensor/ops/neg/neg.hpp"

namespace dact {

Tensor sub(const Tensor& a, const Tensor& b) { return binary(BinaryId::sub, "sub", a, b); }

namespace sub_room {

// y = a - b   =>   da = g,  db = -g, each summed over the axes that broadcasting repeated
Tensors vjp(const VjpCtx& c) {
  return {c.wanted[0] ? reduce_to(c.grad[0], c.in_shapes[0]) : Tensor(),
          c.wanted[1] ? neg(reduce_to(c.grad[0], c.in_shapes[1])) : Tensor()};
}

}  // namespace sub_room

const OpDef sub_op{
    .name = "sub",
    .equation = "y = a - b",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {sub(in[0], in[1])};
    },
    .vjp = sub_room::vjp,
    .saves = Saves::none(),
    .samples = [] { return binary_samples(-3, 3, -3, 3); },
    .bad_samples = [] { return binary_bad_samples("sub", kFloats | kIntegers); },
    .tolerance = {.bound = 0.5},
    .cost = binary_cost<1>,
};

}  // namespace dact
