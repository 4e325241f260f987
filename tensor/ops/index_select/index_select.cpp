#include "tensor/ops/index_select/index_select.hpp"

#include <cstring>

#include "tensor/layout.hpp"
#include "tensor/ops/scatter/scatter.device.hpp"
#include "tensor/ops/scatter/scatter.hpp"

namespace dact {
Tensor index_select(const Tensor& x, const Tensor& index, std::int64_t axis) {
  require_defined("index_select", "x", x);
  require_defined("index_select", "index", index);
  require_one_device("index_select", {&x, &index});
  const int at = require_axis("index_select", x, axis);
  require_rank("index_select", "index", index, 1);
  const AxisSizes a(x.shape(), at);
  const Tensor wide = checked_indices("index_select", index, a.n), in = x.contiguous();
  Tensor out = empty(x.shape().with(at, index.numel()), x.dtype(), x.device());
  if (out.numel() == 0) return out;
  const std::int64_t k = index.numel();
  if (on_device(x)) {
    gather_on_device(in, wide, false, a, k, out);
    return out;
  }
  const std::int64_t* pick = wide.data<std::int64_t>();
  const auto run = a.inner * static_cast<std::int64_t>(size_of(x.dtype()));
  const auto* from = static_cast<const std::byte*>(in.raw_data());
  auto* to = static_cast<std::byte*>(out.mutate_raw());
  parallel_ranges(a.outer * k, 16384 / (run + 1) + 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)  // r = o * k + position
      std::memcpy(to + r * run, from + (r / k * a.n + pick[r % k]) * run,
                  static_cast<std::size_t>(run));
  });
  return out;
}

Tensor index_select_grad(const Tensor& g, const Tensor& index, const Shape& shape, int axis) {
  const AxisSizes a(shape, axis);
  const Tensor wide =
      checked_indices("index_select", index.to(Device::cpu), a.n);  // sorted on the host
  const std::int64_t k = wide.numel();
  const ScatterPlan plan({wide.data<std::int64_t>(), static_cast<std::size_t>(k)}, a.n);
  return scatter_sum(plan, g.contiguous(), a.outer, k, a.inner).reshaped(shape);
}

namespace index_select_room {

// x[o, i, j] serves every y[o, k, j] with index[k] = i   =>   dx sums their gradients
Tensors vjp(const VjpCtx& c) {
  const Shape& shape = c.in_shapes[0];
  std::int64_t axis = c.attrs.i64("axis");
  if (axis < 0) axis += shape.rank();
  return {index_select_grad(c.grad[0], c.in[1], shape, static_cast<int>(axis)), Tensor()};
}

std::vector<Sample> samples() {
  using S = InputSpec;
  const auto pick = [](std::int64_t k, std::int64_t n) { return S::integers({k}, 0, n).shared(); };
  const auto along = [](int axis) { return Attrs{{"axis", axis}}; };
  return {
      {"columns", {S::uniform({2, 5}), pick(4, 5)}, along(1)},
      {"repeats", {S::uniform({3, 2}), pick(7, 2)}, along(-1)},
      {"vector", {S::uniform({6}).shared(), pick(3, 6)}, along(0)},
      {"rows", {S::uniform({4, 3}).shared(), pick(5, 4)}, along(0)},
      {"one element", {S::uniform({1, 1}), pick(1, 1)}, along(1)},
      {"nothing picked", {S::uniform({2, 3}), S::integers({0}, 0, 1).shared()}, along(1)},
      {"empty x", {S::uniform({0, 3}), pick(2, 3)}, along(1)},
      {"i32 index", {S::uniform({2, 5}), S::integers({3}, 0, 5, DType::i32).shared()}, along(1)},
      {"channels", {S::uniform({2, 4, 2, 3}), pick(3, 4)}, along(1)},
      {"rank 5", {S::uniform({2, 2, 3, 2, 2}), pick(4, 3)}, along(2)},
      {"large", {S::uniform({3, 41, 67}), pick(333, 41)}, along(1)}};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto along = [](int axis) { return Attrs{{"axis", axis}}; };
  const auto x = S::uniform({2, 3});
  const auto index = [](double v) {
    S s = S::integers({2}, 0, 1);
    s.kind = S::Kind::values;
    s.values = {0, v};
    return s;
  };
  return {
      {"too large",
       {x, index(3)},
       along(1),
       ErrorKind::usage,
       {"index_select", "[0, 3)", "got 3", "position [1]"}},
      {"negative",
       {x, index(-1)},
       along(1),
       ErrorKind::usage,
       {"index_select", "[0, 3)", "got -1", "position [1]"}},
      {"float index", {x, S::uniform({2})}, along(1), ErrorKind::dtype, {"index_select", "f32[2]"}},
      {"index rank",
       {x, S::integers({2, 1}, 0, 2)},
       along(1),
       ErrorKind::shape,
       {"index_select", "rank 1", "[2, 1]"}},
      {"axis", {x, index(0)}, along(2), ErrorKind::shape, {"index_select", "axis 2", "[2, 3]"}},
      {"no index", {x, S::absent()}, along(1), ErrorKind::usage, {"index_select", "none"}}};
}

Cost cost(std::span<const Tensor>, std::span<const Tensor> out, const Attrs&) {
  return {0,
          2.0 * static_cast<double>(size_of(out[0].dtype())) * static_cast<double>(out[0].numel())};
}

}  // namespace index_select_room

const OpDef index_select_op{
    .name = "index_select",
    .equation = "y[o, k, j] = x[o, index[k], j]",
    .group = OpGroup::index,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {index_select(in[0], in[1], a.i64("axis"))};
    },
    .vjp = index_select_room::vjp,
    .saves = {.inputs = 2},
    .samples = index_select_room::samples,
    .bad_samples = index_select_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = index_select_room::cost,
};

}  // namespace dact
