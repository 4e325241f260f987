#include "tensor/ops/permute/permute.hpp"

namespace dact {

Tensor permute(const Tensor& x, std::span<const std::int64_t> order) {
  require_defined("permute", "x", x);
  std::vector<int> wrapped;
  for (const std::int64_t axis : order) wrapped.push_back(require_axis("permute", x, axis));
  return x.permuted(wrapped);
}

namespace permute_room {

// y's axis k is x's axis order[k]   =>   dx's axis order[k] is g's axis k: the inverse order
Tensors vjp(const VjpCtx& c) {
  const std::vector<std::int64_t>& order = c.attrs.ints("order");
  std::vector<int> inverse(order.size());
  for (std::size_t k = 0; k < order.size(); ++k)
    inverse[static_cast<std::size_t>(require_axis("permute", c.grad[0], order[k]))] =
        static_cast<int>(k);
  return {c.grad[0].permuted(inverse)};
}

Sample sample(Shape shape, std::vector<std::int64_t> order, std::string label = "") {
  return {label + shape.str() + " by " + Shape(order).str(),
          {InputSpec::uniform(shape)},
          {{"order", std::move(order)}}};
}

std::vector<Sample> samples() {
  return {sample({}, {}),
          sample({1}, {0}),
          sample({3}, {-1}),
          sample({2, 3}, {1, 0}),
          sample({0, 3}, {1, 0}),
          sample({2, 3, 4}, {0, 2, 1}),
          sample({2, 3, 4}, {2, 0, 1}),
          sample({2, 3, 4, 5}, {0, 2, 3, 1}),
          sample({2, 3, 2, 2, 3}, {0, -1, 1, 3, 2}),
          sample({2, 33, 37, 5}, {0, 2, 3, 1}, "large ")};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto by = [](std::vector<std::int64_t> order) {
    return Attrs{{"order", std::move(order)}};
  };
  return {{"axis twice",
           {S::uniform({2, 3})},
           by({0, 0}),
           ErrorKind::shape,
           {"permute", "[0, 0]", "[2, 3]"}},
          {"axis missing",
           {S::uniform({2, 3})},
           by({1}),
           ErrorKind::shape,
           {"permute", "[1]", "[2, 3]"}},
          {"out of range",
           {S::uniform({2, 3})},
           by({0, 2}),
           ErrorKind::shape,
           {"permute", "axis 2", "[2, 3]"}},
          {"no x", {S::absent()}, by({}), ErrorKind::usage, {"permute", "none"}}};
}

Cost cost(std::span<const Tensor>, std::span<const Tensor>, const Attrs&) { return {}; }

}  // namespace permute_room

const OpDef permute_op{
    .name = "permute",
    .equation = "y[i_order[0], i_order[1], ...] = x[i_0, i_1, ...]",
    .group = OpGroup::index,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {permute(in[0], a.ints("order"))};
    },
    .vjp = permute_room::vjp,
    .saves = Saves::none(),
    .mixes_batch = true,  // axis 0 may move
    .samples = permute_room::samples,
    .bad_samples = permute_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = permute_room::cost,
};

}  // namespace dact
