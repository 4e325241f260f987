#include "tensor/ops/mul/mul.hpp"

#include "tensor/ops/elementwise/binary.hpp"
#include "tensor/ops/elementwise/types.hpp"

namespace dact {

Tensor mul(const Tensor& a, const Tensor& b) { return binary(BinaryId::mul, "mul", a, b); }

namespace mul_room {

// y = a * b   =>   da = g b,  db = g a, each summed over the axes that broadcasting repeated
Tensors vjp(const VjpCtx& c) {
  return {c.wanted[0] ? reduce_to(mul(c.grad[0], c.in[1]), c.in_shapes[0]) : Tensor(),
          c.wanted[1] ? reduce_to(mul(c.grad[0], c.in[0]), c.in_shapes[1]) : Tensor()};
}

}  // namespace mul_room

const OpDef mul_op{
    .name = "mul",
    .equation = "y = a * b",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {mul(in[0], in[1])};
    },
    .vjp = mul_room::vjp,
    .saves = Saves::all_inputs(),
    .samples = [] { return binary_samples(-3, 3, -3, 3); },
    .bad_samples = [] { return binary_bad_samples("mul", kFloats | kIntegers); },
    .tolerance = {.bound = 0.5},
    .cost = binary_cost<1>,
};

}  // namespace dact
