#include "tensor/ops/add/add.hpp"

#include "tensor/ops/elementwise/binary.hpp"
#include "tensor/ops/elementwise/types.hpp"

namespace dact {

Tensor add(const Tensor& a, const Tensor& b) { return binary(BinaryId::add, "add", a, b); }

namespace add_room {

// y = a + b   =>   da = g,  db = g, each summed over the axes that broadcasting repeated
Tensors vjp(const VjpCtx& c) {
  return {c.wanted[0] ? reduce_to(c.grad[0], c.in_shapes[0]) : Tensor(),
          c.wanted[1] ? reduce_to(c.grad[0], c.in_shapes[1]) : Tensor()};
}

}  // namespace add_room

const OpDef add_op{
    .name = "add",
    .equation = "y = a + b",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {add(in[0], in[1])};
    },
    .vjp = add_room::vjp,
    .saves = Saves::none(),
    .samples = [] { return binary_samples(-3, 3, -3, 3); },
    .bad_samples = [] { return binary_bad_samples("add", kFloats | kIntegers); },
    .tolerance = {.bound = 0.5},
    .cost = binary_cost<1>,
};

}  // namespace dact
