#include "tensor/ops/expand/expand.hpp"

#include "tensor/ops/elementwise/binary.hpp"

namespace dact {

Tensor expand(const Tensor& x, const Shape& shape) {
  require_defined("expand", "x", x);
  numel_of(shape, "expand");
  return x.expanded(shape);
}

namespace expand_room {

// one x serves many y   =>   dx is the sum of their gradients
Tensors vjp(const VjpCtx& c) { return {reduce_to(c.grad[0], c.in_shapes[0])}; }

Sample sample(InputSpec x, std::vector<std::int64_t> to, std::string label = "") {
  return {label + x.shape.str() + " to " + Shape(to).str(), {x}, {{"shape", std::move(to)}}};
}

std::vector<Sample> samples() {
  const auto x = [](Shape shape) { return InputSpec::uniform(shape); };
  return {sample(x({}).shared(), {3}),
          sample(x({1}).shared(), {4}),
          sample(x({3, 1}), {3, 5}),
          sample(x({2, 1, 4}), {2, 3, 4}),
          sample(x({5}).shared(), {2, 3, 5}),
          sample(x({2, 3}), {2, 3}),
          sample(x({2, 1}), {2, 0}),
          sample(x({1, 3, 1}).shared(), {2, 3, 4}),
          sample(x({0, 1}), {0, 3}),
          sample(x({2, 3, 1, 1}), {2, 3, 4, 2}),
          sample(x({2, 5, 1, 1}), {2, 5, 47, 31}, "large ")};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto to = [](std::vector<std::int64_t> shape) {
    return Attrs{{"shape", std::move(shape)}};
  };
  return {
      {"sizes", {S::uniform({2, 3})}, to({2, 4}), ErrorKind::shape, {"expand", "[2, 3]", "[2, 4]"}},
      {"fewer axes", {S::uniform({2, 3})}, to({3}), ErrorKind::shape, {"expand", "[2, 3]", "[3]"}},
      {"negative", {S::uniform({1, 3})}, to({-2, 3}), ErrorKind::shape, {"expand", "[-2, 3]"}},
      {"no x", {S::absent()}, to({1}), ErrorKind::usage, {"expand", "none"}}};
}

Cost cost(std::span<const Tensor>, std::span<const Tensor>, const Attrs&) { return {}; }

}  // namespace expand_room

const OpDef expand_op{
    .name = "expand",
    .equation = "y[i] = x[i with 0 on the repeated axes]",
    .group = OpGroup::index,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {expand(in[0], Shape(a.ints("shape")))};
    },
    .vjp = expand_room::vjp,
    .saves = Saves::none(),
    .mixes_batch = true,  // the gradient of a repeated axis 0 sums over samples
    .samples = expand_room::samples,
    .bad_samples = expand_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = expand_room::cost,
};

}  // namespace dact
