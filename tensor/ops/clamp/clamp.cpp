#include "tensor/ops/clamp/clamp.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor clamp(const Tensor& x, double lo, double hi) {
  require_float("clamp", "x", x);
  if (!(lo <= hi))
    throw UsageError("clamp", "bounds must satisfy lo <= hi, got lo = " + std::to_string(lo) +
                                  ", hi = " + std::to_string(hi) + " for " + x.str());
  return unary(UnaryId::clamp, "clamp", x, lo, hi);
}

namespace clamp_room {

// y = x inside the bounds, constant outside   =>   dx = g where lo <= x <= hi, else 0
Tensors vjp(const VjpCtx& c) {
  const double lo = c.attrs.f64("lo"), hi = c.attrs.f64("hi");
  return {unary_grad(UnaryId::clamp, c.grad[0], c.in[0], {}, lo, hi)};
}

Attrs bounds(double lo, double hi) { return {{"lo", lo}, {"hi", hi}}; }

std::vector<Sample> samples() {
  using S = InputSpec;
  std::vector<Sample> s = unary_samples(-3, 3, bounds(-1.25, 0.75));
  s.push_back({"below only", {S::uniform({3, 7}, -3, 3)}, bounds(0.5, 1e30)});
  s.push_back({"all inside", {S::uniform({3, 7}, -3, 3)}, bounds(-4, 4)});
  s.push_back({"all outside", {S::uniform({3, 7}, 1, 3)}, bounds(-1, 0)});
  s.push_back({"at the bounds", {S::of({6}, {-1, 1, 0.5, -1, 2, -2}).fixed()}, bounds(-1, 1)});
  return s;
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  std::vector<BadSample> bad = unary_bad_samples("clamp", bounds(0, 1));
  bad.push_back({"lo > hi",
                 {S::uniform({2, 3})},
                 bounds(1, 0),
                 ErrorKind::usage,
                 {"clamp", "lo <= hi", "[2, 3]"}});
  bad.push_back(
      {"NaN", {S::uniform({2})}, bounds(0, __builtin_nan("")), ErrorKind::usage, {"clamp", "nan"}});
  return bad;
}

}  // namespace clamp_room

const OpDef clamp_op{
    .name = "clamp",
    .equation = "y = min(max(x, lo), hi)",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {clamp(in[0], a.f64("lo"), a.f64("hi"))};
    },
    .vjp = clamp_room::vjp,
    .saves = kSavesX,
    .samples = clamp_room::samples,
    .bad_samples = clamp_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = unary_cost<2>,
};

}  // namespace dact
