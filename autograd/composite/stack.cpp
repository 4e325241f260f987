#include "autograd/composite/stack.hpp"

#include "autograd/ops.hpp"

namespace dact {

Var stack(std::span<const Var> xs, std::int64_t axis) {
  if (xs.empty()) throw UsageError("stack", "at least one tensor must be given, got none");
  for (const Var& x : xs)
    require_defined("stack", "every operand", x.defined() ? x.value() : Tensor());
  const Shape shape = xs[0].shape();
  const std::int64_t at = axis < 0 ? axis + shape.rank() + 1 : axis;
  if (at < 0 || at > shape.rank() || shape.rank() == kMaxRank)
    throw ShapeError("stack", "axis must lie in [0, rank] of operands of rank below 8, got axis " +
                                  std::to_string(axis) + " for " + xs[0].value().str());
  Shape wide;
  for (int i = 0; i <= shape.rank(); ++i) {
    if (i == at) wide.push_back(1);
    if (i < shape.rank()) wide.push_back(shape[i]);
  }
  Vars parts;
  for (const Var& x : xs) {
    require_same_shape("stack", xs[0].value(), x.value());
    require_same_kind("stack", xs[0].value(), x.value());
    parts.push_back(reshape(x, wide));
  }
  return cat(parts, at);
}

namespace stack_room {

std::vector<Sample> samples() {
  const auto x = [](Shape shape) { return InputSpec::uniform(shape); };
  const auto along = [](int axis) { return Attrs{{"axis", axis}}; };
  return {{"scalars", {x({}), x({}), x({})}, along(0)},
          {"one operand", {x({2, 3})}, along(1)},
          {"vectors", {x({4}), x({4})}, along(1)},
          {"vectors in front", {x({4}).shared(), x({4}).shared()}, along(0)},
          {"last", {x({2, 3}), x({2, 3})}, along(-1)},
          {"middle", {x({2, 3}), x({2, 3}), x({2, 3})}, along(1)},
          {"empty", {x({0, 3}), x({0, 3})}, along(1)},
          {"images", {x({2, 3, 2, 2}), x({2, 3, 2, 2})}, along(2)},
          {"large", {x({3, 1234}), x({3, 1234}), x({3, 1234})}, along(1)}};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto along = [](int axis) { return Attrs{{"axis", axis}}; };
  const auto x = S::uniform({2, 3});
  return {{"shapes",
           {x, S::uniform({2, 4})},
           along(0),
           ErrorKind::shape,
           {"stack", "[2, 3]", "[2, 4]"}},
          {"axis", {x, x}, along(3), ErrorKind::shape, {"stack", "axis 3", "[2, 3]"}},
          {"dtypes", {x, S::integers({2, 3}, 0, 3)}, along(0), ErrorKind::dtype, {"stack", "i64"}},
          {"nothing", {}, along(0), ErrorKind::usage, {"stack", "at least one"}}};
}

}  // namespace stack_room

const CompositeDef stack_op{
    {
        .name = "stack",
        .equation = "y[.., k, ..] = x_k[.., ..]",
        .group = OpGroup::index,
        .samples = stack_room::samples,
        .bad_samples = stack_room::bad_samples,
        .tolerance = {Tolerance::Unit::exact, 0},
        .composite = true,
    },
    [](std::span<const Var> in, const Attrs& a) -> Vars { return {stack(in, a.i64("axis"))}; }};

}  // namespace dact
