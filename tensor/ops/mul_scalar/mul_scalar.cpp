#include "tensor/ops/mul_scalar/mul_scalar.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor mul_scalar(const Tensor& x, double value) {
  return unary(UnaryId::mul_scalar, "mul_scalar", x, value);
}

namespace mul_scalar_room {

// y = c x   =>   dx = c g
Tensors vjp(const VjpCtx& c) { return {mul_scalar(c.grad[0], c.attrs.f64("value"))}; }

std::vector<Sample> samples() {
  std::vector<Sample> s = unary_samples(-3, 3, {{"value", 0.8125}});
  s.push_back({"value 0", {InputSpec::uniform({5}, -3, 3)}, {{"value", 0.0}}});
  s.push_back({"value -2.5", {InputSpec::uniform({2, 5}, -3, 3)}, {{"value", -2.5}}});
  return s;
}

}  // namespace mul_scalar_room

const OpDef mul_scalar_op{
    .name = "mul_scalar",
    .equation = "y = x * value",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {mul_scalar(in[0], a.f64("value"))};
    },
    .vjp = mul_scalar_room::vjp,
    .saves = Saves::none(),
    .samples = mul_scalar_room::samples,
    .bad_samples =
        [] {
          return unary_bad_samples("mul_scalar", {{"value", 2.0}});
        },
    .tolerance = {.bound = 0.5},
    .cost = unary_cost<1>,
};

}  // namespace dact
