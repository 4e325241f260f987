#include "tensor/ops/gather/gather.hpp"

#include <cstring>

#include "tensor/layout.hpp"
#include "tensor/ops/scatter/scatter.device.hpp"
#include "tensor/ops/scatter/scatter.hpp"

namespace dact {
namespace gather_room {

void require_index_shape(std::string_view where, const Shape& x, const Tensor& index, int axis) {
  bool fits = index.rank() == x.rank();
  for (int i = 0; fits && i < x.rank(); ++i) fits = i == axis || index.shape()[i] == x[i];
  if (!fits)
    throw ShapeError(where, "index must have x's sizes off axis " + std::to_string(axis) +
                                ", got x " + x.str() + " and index " + index.str());
}

// y[r] = x[(o * n + pick[r]) * inner + j] with r = (o * k + ..) * inner + j; Size bytes each
template <std::size_t Size>
void pick_elements(const std::byte* x, const std::int64_t* pick, std::byte* y, std::int64_t total,
                   std::int64_t k, const AxisSizes& a) {
  parallel_ranges(total, 16384, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const std::int64_t o = r / (k * a.inner), j = r % a.inner;
      const std::int64_t from = (o * a.n + pick[r]) * a.inner + j;
      std::memcpy(y + static_cast<std::size_t>(r) * Size, x + static_cast<std::size_t>(from) * Size,
                  Size);
    }
  });
}

}  // namespace gather_room

Tensor gather(const Tensor& x, const Tensor& index, std::int64_t axis) {
  require_defined("gather", "x", x);
  require_defined("gather", "index", index);
  require_one_device("gather", {&x, &index});
  const int at = require_axis("gather", x, axis);
  gather_room::require_index_shape("gather", x.shape(), index, at);
  const AxisSizes a(x.shape(), at);
  const Tensor wide = checked_indices("gather", index, a.n), in = x.contiguous();
  Tensor out = empty(index.shape(), x.dtype(), x.device());
  if (out.numel() == 0) return out;
  const std::int64_t k = index.shape()[at];
  if (on_device(x)) {
    gather_on_device(in, wide, true, a, k, out);
    return out;
  }
  const auto* from = static_cast<const std::byte*>(in.raw_data());
  auto* to = static_cast<std::byte*>(out.mutate_raw());
  const std::int64_t* pick = wide.data<std::int64_t>();
  switch (size_of(x.dtype())) {
    case 8:
      gather_room::pick_elements<8>(from, pick, to, out.numel(), k, a);
      break;
    case 4:
      gather_room::pick_elements<4>(from, pick, to, out.numel(), k, a);
      break;
    case 2:
      gather_room::pick_elements<2>(from, pick, to, out.numel(), k, a);
      break;
    default:
      gather_room::pick_elements<1>(from, pick, to, out.numel(), k, a);
      break;
  }
  return out;
}

Tensor scatter_along(std::string_view where, const Tensor& src, const Tensor& index,
                     const Shape& shape, int axis) {
  gather_room::require_index_shape(where, shape, index, axis);
  const AxisSizes a(shape, axis);
  Tensor to = checked_indices(where, index.to(Device::cpu), a.n);  // sorted on the host
  if (to.storage() == index.storage()) to = to.clone();
  const std::int64_t k = index.shape()[axis], sources = index.numel();
  std::int64_t* flat = to.mutate<std::int64_t>();  // from index along the axis to flat destination
  for (std::int64_t r = 0; r < sources; ++r)
    flat[r] = (r / (k * a.inner) * a.n + flat[r]) * a.inner + r % a.inner;
  const ScatterPlan plan({flat, static_cast<std::size_t>(sources)}, a.outer * a.n * a.inner);
  return scatter_sum(plan, src.contiguous(), 1, sources, 1).reshaped(shape);
}

namespace gather_room {

// x[o, i, j] serves every y[o, k, j] with index i   =>   dx sums their gradients
Tensors vjp(const VjpCtx& c) {
  const Shape& shape = c.in_shapes[0];
  std::int64_t axis = c.attrs.i64("axis");
  if (axis < 0) axis += shape.rank();
  return {scatter_along("gather", c.grad[0], c.in[1], shape, static_cast<int>(axis)), Tensor()};
}

std::vector<Sample> samples() {
  using S = InputSpec;
  const auto pick = [](Shape shape, std::int64_t n) { return S::integers(shape, 0, n); };
  const auto along = [](int axis) { return Attrs{{"axis", axis}}; };
  return {{"columns", {S::uniform({2, 5}), pick({2, 3}, 5)}, along(1)},
          {"repeats", {S::uniform({3, 2}), pick({3, 7}, 2)}, along(-1)},
          {"vector", {S::uniform({6}).shared(), pick({4}, 6).shared()}, along(0)},
          {"rows", {S::uniform({4, 3}).shared(), pick({2, 3}, 4).shared()}, along(0)},
          {"one element", {S::uniform({1, 1}), pick({1, 1}, 1)}, along(1)},
          {"nothing picked", {S::uniform({2, 3}), pick({2, 0}, 3)}, along(1)},
          {"empty x", {S::uniform({0, 3}), pick({0, 2}, 3)}, along(1)},
          {"classes", {S::uniform({2, 5, 2, 3}), pick({2, 1, 2, 3}, 5)}, along(1)},
          {"i32 index", {S::uniform({2, 5}), S::integers({2, 3}, 0, 5, DType::i32)}, along(1)},
          {"rank 5", {S::uniform({2, 2, 3, 2, 2}), pick({2, 2, 4, 2, 2}, 3)}, along(2)},
          {"large", {S::uniform({3, 41, 67}), pick({3, 99, 67}, 41)}, along(1)}};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto along = [](int axis) { return Attrs{{"axis", axis}}; };
  const auto x = S::uniform({2, 3});
  S outside = S::integers({2, 1}, 0, 1);
  outside.kind = S::Kind::values;
  outside.values = {0, 3};
  return {
      {"outside",
       {x, outside},
       along(1),
       ErrorKind::usage,
       {"gather", "[0, 3)", "got 3", "position [1, 0]"}},
      {"sizes",
       {x, S::integers({3, 2}, 0, 2)},
       along(1),
       ErrorKind::shape,
       {"gather", "[2, 3]", "[3, 2]"}},
      {"ranks",
       {x, S::integers({2}, 0, 2)},
       along(1),
       ErrorKind::shape,
       {"gather", "[2, 3]", "[2]"}},
      {"axis", {x, outside}, along(2), ErrorKind::shape, {"gather", "axis 2", "[2, 3]"}},
      {"float index", {x, S::uniform({2, 1})}, along(1), ErrorKind::dtype, {"gather", "f32[2, 1]"}},
      {"no index", {x, S::absent()}, along(1), ErrorKind::usage, {"gather", "none"}}};
}

Cost cost(std::span<const Tensor>, std::span<const Tensor> out, const Attrs&) {
  const auto n = static_cast<double>(out[0].numel());
  return {0, n * (2.0 * static_cast<double>(size_of(out[0].dtype())) + 8.0)};
}

}  // namespace gather_room

const OpDef gather_op{
    .name = "gather",
    .equation = "y[o, k, j] = x[o, index[o, k, j], j]",
    .group = OpGroup::index,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {gather(in[0], in[1], a.i64("axis"))};
    },
    .vjp = gather_room::vjp,
    .saves = {.inputs = 2},
    .samples = gather_room::samples,
    .bad_samples = gather_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = gather_room::cost,
};

}  // namespace dact
