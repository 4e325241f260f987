#include "tensor/ops/bce_with_logits/bce_with_logits.hpp"

#include "tensor/ops/elementwise/binary.hpp"

namespace dact {

Tensor bce_with_logits(const Tensor& x, const Tensor& target, LossReduction reduction) {
  require_float("bce_with_logits", "x", x);
  require_defined("bce_with_logits", "target", target);
  require_same_kind("bce_with_logits", x, target);
  require_same_shape("bce_with_logits", x, target);
  if (reduction == LossReduction::mean && x.numel() == 0)
    throw ShapeError("bce_with_logits", "a mean needs at least one element, got " + x.str());
  return batch_reduce(binary(BinaryId::bce_with_logits, "bce_with_logits", x, target), reduction);
}

namespace bce_with_logits_room {

LossReduction of(const Attrs& a) { return loss_reduction("bce_with_logits", a.text("reduction")); }

// the reduction's gradient, then the functor's
Tensors vjp(const VjpCtx& c) {
  const Tensor g = batch_reduce_grad(c.grad[0], c.in_shapes[0], of(c.attrs));
  Tensors d(2);
  for (int side = 0; side < 2; ++side) {
    const auto i = static_cast<std::size_t>(side);
    if (c.wanted[i]) d[i] = binary_grad(BinaryId::bce_with_logits, side, g, c.in[0], c.in[1]);
  }
  return d;
}

Cost cost(std::span<const Tensor> in, std::span<const Tensor>, const Attrs&) {
  const auto n = static_cast<double>(in[0].numel());
  return {25 * n, 3 * static_cast<double>(size_of(in[0].dtype())) * n};
}

std::vector<Sample> samples() {
  std::vector<Sample> s;
  const auto add = [&](Shape shape, const char* reduction, std::string label = "") {
    s.push_back({label + reduction + " of " + shape.str(),
                 {InputSpec::uniform(shape, -6, 6), InputSpec::uniform(shape, 0, 1)},
                 {{"reduction", reduction}}});
  };
  add({}, "mean");
  add({1}, "none");
  add({0}, "sum");
  add({7}, "mean");
  add({3, 5}, "none");
  add({3, 5}, "sum");
  add({2, 1, 4, 3}, "mean");
  add({2, 2, 1, 3, 2}, "none");
  s.push_back({"at zero",
               {InputSpec::of({2}, {0, 0}), InputSpec::of({2}, {0, 1})},
               {{"reduction", "sum"}}});
  add({3, 4001}, "mean", "large ");
  return s;
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto with = [](const char* r) { return Attrs{{"reduction", r}}; };
  const auto x = S::uniform({2, 3});
  return {
      {"shapes",
       {x, S::uniform({2, 1})},
       with("mean"),
       ErrorKind::shape,
       {"bce_with_logits", "[2, 3]", "[2, 1]"}},
      {"integer target",
       {x, S::integers({2, 3}, 0, 2)},
       with("mean"),
       ErrorKind::dtype,
       {"bce_with_logits", "i64[2, 3]"}},
      {"reduction", {x, x}, with("batch"), ErrorKind::usage, {"bce_with_logits", "batch"}},
      {"mean of nothing",
       {S::uniform({0}), S::uniform({0})},
       with("mean"),
       ErrorKind::shape,
       {"bce_with_logits", "[0]"}},
      {"no target", {x, S::absent()}, with("mean"), ErrorKind::usage, {"bce_with_logits", "none"}}};
}

}  // namespace bce_with_logits_room

const OpDef bce_with_logits_op{
    .name = "bce_with_logits",
    .equation = "l = max(x, 0) - x t + log(1 + exp(-|x|))",
    .group = OpGroup::loss,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {bce_with_logits(in[0], in[1], bce_with_logits_room::of(a))};
    },
    .vjp = bce_with_logits_room::vjp,
    .mixes_batch = true,  // mean and sum
    .samples = bce_with_logits_room::samples,
    .bad_samples = bce_with_logits_room::bad_samples,
    .tolerance = {Tolerance::Unit::scaled, 4},
    .cost = bce_with_logits_room::cost,
};

}  // namespace dact
