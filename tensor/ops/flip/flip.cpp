#include "tensor/ops/flip/flip.hpp"

namespace dact {

Tensor flip(const Tensor& x, std::span<const std::int64_t> axes) {
  require_defined("flip", "x", x);
  Tensor out = empty_like(x);
  Strides strides = x.strides();
  std::int64_t offset = x.offset();
  bool seen[kMaxRank] = {};
  for (const std::int64_t axis : axes) {
    const int a = require_axis("flip", x, axis);
    if (seen[a])
      throw ShapeError(
          "flip", "axes must differ, got axis " + std::to_string(axis) + " twice for " + x.str());
    seen[a] = true;
    offset += (x.shape()[a] - 1) * strides[a];
    strides[a] = -strides[a];
  }
  // a view that walks backwards; it never leaves this function
  if (x.numel() != 0) copy_to(out, Tensor(x.storage(), x.dtype(), x.shape(), strides, offset));
  return out;
}

namespace flip_room {

// flip is its own inverse and its own transpose   =>   dx = flip(g)
Tensors vjp(const VjpCtx& c) { return {flip(c.grad[0], c.attrs.ints("axes"))}; }

Sample sample(InputSpec x, std::vector<std::int64_t> axes, std::string label = "") {
  return {label + x.shape.str() + " axes " + Shape(axes).str(), {x}, {{"axes", std::move(axes)}}};
}

std::vector<Sample> samples() {
  const auto x = [](Shape shape) { return InputSpec::uniform(shape); };
  return {sample(x({}), {}),
          sample(x({1}).shared(), {0}),
          sample(x({7}).shared(), {0}),
          sample(x({2, 5}), {1}),
          sample(x({2, 5}), {-1}),
          sample(x({0, 3}), {1}),
          sample(x({3, 4}).shared(), {0, 1}),
          sample(x({2, 3, 4}), {}),
          sample(x({2, 3, 4, 5}), {3}),
          sample(x({2, 3, 4, 5}), {2, 3}),
          sample(x({2, 2, 3, 2, 3}), {1, 4}),
          sample(x({2, 5, 33, 37}), {3}, "large ")};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto at = [](std::vector<std::int64_t> axes) { return Attrs{{"axes", std::move(axes)}}; };
  return {{"axis", {S::uniform({2, 3})}, at({2}), ErrorKind::shape, {"flip", "axis 2", "[2, 3]"}},
          {"axis twice",
           {S::uniform({2, 3})},
           at({1, -1}),
           ErrorKind::shape,
           {"flip", "twice", "[2, 3]"}},
          {"no x", {S::absent()}, at({}), ErrorKind::usage, {"flip", "none"}}};
}

Cost cost(std::span<const Tensor> in, std::span<const Tensor>, const Attrs&) {
  return {0,
          2.0 * static_cast<double>(size_of(in[0].dtype())) * static_cast<double>(in[0].numel())};
}

}  // namespace flip_room

const OpDef flip_op{
    .name = "flip",
    .equation = "y[i] = x[i with n_a - 1 - i_a on each named axis a]",
    .group = OpGroup::index,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {flip(in[0], a.ints("axes"))};
    },
    .vjp = flip_room::vjp,
    .saves = Saves::none(),
    .samples = flip_room::samples,
    .bad_samples = flip_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = flip_room::cost,
};

}  // namespace dact
