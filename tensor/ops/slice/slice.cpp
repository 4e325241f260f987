#include "tensor/ops/slice/slice.hpp"

#include <cstring>

#include "tensor/layout.hpp"

namespace dact {

Tensor slice(const Tensor& x, std::int64_t axis, std::int64_t begin, std::int64_t end,
             std::int64_t step) {
  require_defined("slice", "x", x);
  const int at = require_axis("slice", x, axis);
  const std::int64_t size = x.shape()[at];
  if (end == kToEnd) end = size;
  if (begin < 0) begin += size;
  if (end < 0) end += size;
  return x.sliced(at, begin, end, step);
}

namespace slice_room {

// y is part of x   =>   dx is g there and +0 elsewhere
Tensors vjp(const VjpCtx& c) {
  const Tensor& g = c.grad[0];
  const Attrs& a = c.attrs;
  Tensor dx = empty_strided(c.in_shapes[0], strides_like(g, c.in_shapes[0]), g.dtype(), g.device());
  if (dx.numel() == 0) return {dx};
  clear_storage(dx);
  Tensor part = slice(dx, a.i64("axis"), a.i64("begin"), a.i64("end"), a.i64("step"));
  copy_to(part, g);
  return {dx};
}

Attrs range(std::int64_t axis, std::int64_t begin, std::int64_t end, std::int64_t step = 1) {
  return {{"axis", axis}, {"begin", begin}, {"end", end}, {"step", step}};
}

std::vector<Sample> samples() {
  const auto x = [](Shape shape) { return InputSpec::uniform(shape); };
  return {{"middle", {x({2, 7})}, range(1, 2, 5)},
          {"step 2", {x({2, 7})}, range(1, 0, kToEnd, 2)},
          {"step 3 from 1", {x({2, 3, 8})}, range(-1, 1, 8, 3)},
          {"negative ends", {x({2, 9})}, range(1, -4, -1)},
          {"nothing", {x({2, 5})}, range(1, 3, 3)},
          {"all", {x({2, 5})}, range(1, 0, kToEnd)},
          {"empty x", {x({0, 4})}, range(1, 1, 3)},
          {"one element", {x({1, 1})}, range(1, 0, 1)},
          {"vector", {x({9}).shared()}, range(0, 2, 8, 2)},
          {"samples", {x({5, 3}).shared()}, range(0, 1, 4)},
          {"channels", {x({2, 6, 3, 2})}, range(1, 2, 5)},
          {"rank 5", {x({2, 2, 3, 2, 3})}, range(2, 1, 3)},
          {"large channels", {x({2, 37, 23, 19})}, range(1, 5, 33)}};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto x = S::uniform({2, 3});
  return {{"axis", {x}, range(2, 0, 1), ErrorKind::shape, {"slice", "axis 2", "[2, 3]"}},
          {"end", {x}, range(1, 0, 4), ErrorKind::shape, {"slice", "[0, 4)", "[2, 3]"}},
          {"order", {x}, range(1, 2, 1), ErrorKind::shape, {"slice", "[2, 1)", "[2, 3]"}},
          {"begin", {x}, range(1, -4, 2), ErrorKind::shape, {"slice", "[2, 3]"}},
          {"step", {x}, range(1, 0, 3, 0), ErrorKind::shape, {"slice", "step", "got 0"}},
          {"no x", {S::absent()}, range(0, 0, 1), ErrorKind::usage, {"slice", "none"}}};
}

Cost cost(std::span<const Tensor>, std::span<const Tensor>, const Attrs&) { return {}; }

}  // namespace slice_room

const OpDef slice_op{
    .name = "slice",
    .equation = "y[.., k, ..] = x[.., begin + k step, ..]",
    .group = OpGroup::index,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {slice(in[0], a.i64("axis"), a.i64("begin"), a.i64("end"), a.i64("step"))};
    },
    .vjp = slice_room::vjp,
    .saves = Saves::none(),
    .samples = slice_room::samples,
    .bad_samples = slice_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = slice_room::cost,
};

}  // namespace dact
