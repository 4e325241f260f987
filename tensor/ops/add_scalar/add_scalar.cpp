#include "tensor/ops/add_scalar/add_scalar.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor add_scalar(const Tensor& x, double value) {
  return unary(UnaryId::add_scalar, "add_scalar", x, value);
}

namespace add_scalar_room {

// y = x + c   =>   dx = g
Tensors vjp(const VjpCtx& c) { return {c.grad[0]}; }

std::vector<Sample> samples() {
  std::vector<Sample> s = unary_samples(-3, 3, {{"value", 0.75}});
  s.push_back({"value 0", {InputSpec::uniform({5}, -3, 3)}, {{"value", 0.0}}});
  s.push_back({"value -2.5", {InputSpec::uniform({2, 5}, -3, 3)}, {{"value", -2.5}}});
  return s;
}

}  // namespace add_scalar_room

const OpDef add_scalar_op{
    .name = "add_scalar",
    .equation = "y = x + value",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {add_scalar(in[0], a.f64("value"))};
    },
    .vjp = add_scalar_room::vjp,
    .saves = Saves::none(),
    .samples = add_scalar_room::samples,
    .bad_samples =
        [] {
          return unary_bad_samples("add_scalar", {{"value", 1.0}});
        },
    .tolerance = {.bound = 0.5},
    .cost = unary_cost<1>,
};

}  // namespace dact
