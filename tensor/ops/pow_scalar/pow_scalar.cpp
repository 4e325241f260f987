#include "tensor/ops/pow_scalar/pow_scalar.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor pow_scalar(const Tensor& x, double exponent) {
  return unary(UnaryId::pow_scalar, "pow_scalar", x, exponent);
}

namespace pow_scalar_room {

// y = x^p   =>   dx = g p x^(p - 1)
Tensors vjp(const VjpCtx& c) {
  return {unary_grad(UnaryId::pow_scalar, c.grad[0], c.in[0], {}, c.attrs.f64("exponent"))};
}

// Exponents that f32 holds exactly: rounding the exponent is the caller's, not the operator's error.
std::vector<Sample> samples() {
  std::vector<Sample> s = unary_samples(0.2, 3, {{"exponent", 2.25}});
  for (const double p : {-1.5, 0.0, 0.5, 1.0, 3.0})
    s.push_back({"exponent", {InputSpec::uniform({2, 7}, 0.3, 3)}, {{"exponent", p}}});
  for (const double p : {-2.0, 3.0})
    s.push_back({"x < 0", {InputSpec::uniform({2, 7}, -3, -0.3)}, {{"exponent", p}}});
  return s;
}

}  // namespace pow_scalar_room

const OpDef pow_scalar_op{
    .name = "pow_scalar",
    .equation = "y = x^exponent",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {pow_scalar(in[0], a.f64("exponent"))};
    },
    .vjp = pow_scalar_room::vjp,
    .saves = kSavesX,
    .samples = pow_scalar_room::samples,
    .bad_samples =
        [] {
          return unary_bad_samples("pow_scalar", {{"exponent", 2.0}});
        },
    .tolerance = {.bound = 1},
    .cost = unary_cost<60>,
};

}  // namespace dact
