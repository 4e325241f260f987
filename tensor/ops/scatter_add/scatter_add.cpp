#include "tensor/ops/scatter_add/scatter_add.hpp"

#include "tensor/ops/add/add.hpp"
#include "tensor/ops/gather/gather.hpp"

namespace dact {

Tensor scatter_add(const Tensor& x, const Tensor& index, const Tensor& src, std::int64_t axis) {
  require_float("scatter_add", "x", x);
  require_defined("scatter_add", "index", index);
  require_defined("scatter_add", "src", src);
  require_same_kind("scatter_add", x, src);
  require_one_device("scatter_add", {&x, &index, &src});
  const int at = require_axis("scatter_add", x, axis);
  require_shape("scatter_add", "src", src, index.shape());
  return add(x, scatter_along("scatter_add", src, index, x.shape(), at));
}

namespace scatter_add_room {

// y = x + scatter(src)   =>   dx = g,  dsrc[o, k, j] = g[o, index[o, k, j], j]: a gather
Tensors vjp(const VjpCtx& c) {
  return {c.grad[0], Tensor(),
          c.wanted[2] ? gather(c.grad[0], c.in[1], c.attrs.i64("axis")) : Tensor()};
}

Sample sample(std::string label, Shape x, Shape index, int axis, bool batched = true) {
  using S = InputSpec;
  const std::int64_t n = x[axis < 0 ? axis + x.rank() : axis];
  Sample s{std::move(label),
           {S::uniform(x), S::integers(index, 0, n), S::uniform(index)},
           {{"axis", axis}}};
  for (S& in : s.inputs) in.batched = batched;
  return s;
}

std::vector<Sample> samples() {
  return {sample("columns", {2, 5}, {2, 3}, 1),
          sample("repeats", {3, 2}, {3, 7}, -1),
          sample("vector", {6}, {9}, 0, false),
          sample("rows", {4, 3}, {5, 3}, 0, false),
          sample("one element", {1, 1}, {1, 1}, 1),
          sample("no source", {2, 3}, {2, 0}, 1),
          sample("empty x", {0, 3}, {0, 2}, 1),
          sample("classes", {2, 4, 2, 3}, {2, 1, 2, 3}, 1),
          sample("rank 5", {2, 2, 3, 2, 1}, {2, 2, 4, 2, 1}, 2),
          sample("large", {3, 41, 67}, {3, 99, 67}, 1),
          sample("large, one destination", {2, 1, 3}, {2, 2000, 3}, 1)};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto along = [](int axis) { return Attrs{{"axis", axis}}; };
  const auto x = S::uniform({2, 3}), src = S::uniform({2, 1});
  S outside = S::integers({2, 1}, 0, 1);
  outside.kind = S::Kind::values;
  outside.values = {0, -2};
  return {{"outside",
           {x, outside, src},
           along(1),
           ErrorKind::usage,
           {"scatter_add", "[0, 3)", "got -2", "position [1, 0]"}},
          {"src shape",
           {x, S::integers({2, 2}, 0, 2), src},
           along(1),
           ErrorKind::shape,
           {"scatter_add", "[2, 2]", "[2, 1]"}},
          {"index shape",
           {x, S::integers({3, 1}, 0, 2), S::uniform({3, 1})},
           along(1),
           ErrorKind::shape,
           {"scatter_add", "[2, 3]", "[3, 1]"}},
          {"axis",
           {x, S::integers({2, 1}, 0, 2), src},
           along(-3),
           ErrorKind::shape,
           {"scatter_add", "axis -3", "[2, 3]"}},
          {"integer x",
           {S::integers({2, 3}, 0, 2), S::integers({2, 1}, 0, 2), src},
           along(1),
           ErrorKind::dtype,
           {"scatter_add", "i64[2, 3]"}},
          {"no src",
           {x, S::integers({2, 1}, 0, 2), S::absent()},
           along(1),
           ErrorKind::usage,
           {"scatter_add", "none"}}};
}

Cost cost(std::span<const Tensor> in, std::span<const Tensor>, const Attrs&) {
  const auto n = static_cast<double>(in[0].numel()), k = static_cast<double>(in[2].numel());
  const auto size = static_cast<double>(size_of(in[0].dtype()));
  return {n + k, size * (2 * n + k) + 8 * k};
}

}  // namespace scatter_add_room

const OpDef scatter_add_op{
    .name = "scatter_add",
    .equation = "y[o, i, j] = x[o, i, j] + sum of src[o, k, j] over the k with index[o, k, j] = i",
    .group = OpGroup::index,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {scatter_add(in[0], in[1], in[2], a.i64("axis"))};
    },
    .vjp = scatter_add_room::vjp,
    .saves = {.inputs = 2},
    .samples = scatter_add_room::samples,
    .bad_samples = scatter_add_room::bad_samples,
    .tolerance = {Tolerance::Unit::scaled, 24},
    .cost = scatter_add_room::cost,
};

}  // namespace dact
