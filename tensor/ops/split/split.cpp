#include "tensor/ops/split/split.hpp"

#include "tensor/ops/cat/cat.hpp"

namespace dact {

Tensors split(const Tensor& x, std::span<const std::int64_t> sizes, std::int64_t axis) {
  require_defined("split", "x", x);
  const int at = require_axis("split", x, axis);
  std::int64_t total = 0;
  bool valid = !sizes.empty();
  for (const std::int64_t n : sizes) {
    valid = valid && n >= 0 && n <= x.shape()[at] - total;
    if (valid) total += n;
  }
  if (!valid || total != x.shape()[at]) {
    std::string list;
    for (const std::int64_t n : sizes) list += (list.empty() ? "" : ", ") + std::to_string(n);
    throw ShapeError("split", "sizes must sum to " + std::to_string(x.shape()[at]) + " of axis " +
                                  std::to_string(at) + ", got sizes [" + list + "] for " + x.str());
  }
  Tensors parts;
  std::int64_t begin = 0;
  for (const std::int64_t n : sizes) {
    parts.push_back(x.sliced(at, begin, begin + n));
    begin += n;
  }
  return parts;
}

namespace split_room {

// y_k are the parts of x   =>   dx joins their gradients
Tensors vjp(const VjpCtx& c) { return {cat(c.grad, c.attrs.i64("axis"))}; }

Attrs into(std::vector<std::int64_t> sizes, int axis) {
  return {{"sizes", std::move(sizes)}, {"axis", axis}};
}

std::vector<Sample> samples() {
  const auto x = [](Shape shape) { return InputSpec::uniform(shape); };
  return {{"one part", {x({2, 3})}, into({3}, 1)},
          {"one element", {x({1, 1})}, into({1}, 1)},
          {"halves", {x({2, 6})}, into({3, 3}, 1)},
          {"uneven", {x({3, 7})}, into({1, 4, 2}, -1)},
          {"an empty part", {x({2, 3})}, into({0, 3}, 1)},
          {"empty x", {x({0, 4})}, into({1, 3}, 1)},
          {"vector", {x({7}).shared()}, into({2, 5}, 0)},
          {"samples", {x({3, 2}).shared()}, into({1, 2}, 0)},
          {"channels", {x({2, 4, 3, 2})}, into({1, 3}, 1)},
          {"rank 5", {x({2, 2, 3, 2, 2})}, into({2, 1}, 2)},
          {"large channels", {x({2, 53, 23, 19})}, into({37, 16}, 1)}};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto x = S::uniform({2, 3});
  return {{"sum", {x}, into({1, 3}, 1), ErrorKind::shape, {"split", "[1, 3]", "[2, 3]"}},
          {"negative", {x}, into({-1, 4}, 1), ErrorKind::shape, {"split", "[-1, 4]", "[2, 3]"}},
          {"no sizes", {x}, into({}, 1), ErrorKind::shape, {"split", "[]", "[2, 3]"}},
          {"axis", {x}, into({3}, 2), ErrorKind::shape, {"split", "axis 2", "[2, 3]"}},
          {"no x", {S::absent()}, into({1}, 0), ErrorKind::usage, {"split", "none"}}};
}

Cost cost(std::span<const Tensor>, std::span<const Tensor>, const Attrs&) { return {}; }

}  // namespace split_room

const OpDef split_op{
    .name = "split",
    .equation = "y_k[.., i, ..] = x[.., b_k + i, ..]",
    .group = OpGroup::index,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return split(in[0], a.ints("sizes"), a.i64("axis"));
    },
    .vjp = split_room::vjp,
    .saves = Saves::none(),
    .samples = split_room::samples,
    .bad_samples = split_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = split_room::cost,
};

}  // namespace dact
