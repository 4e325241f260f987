#include "tensor/ops/reshape/reshape.hpp"

namespace dact {

Tensor reshape(const Tensor& x, const Shape& shape) {
  require_defined("reshape", "x", x);
  return x.reshaped(shape);
}

namespace reshape_room {

// y is x in another shape   =>   dx is g in x's shape
Tensors vjp(const VjpCtx& c) { return {c.grad[0].reshaped(c.in_shapes[0])}; }

Sample sample(Shape from, std::vector<std::int64_t> to, std::string label = "") {
  return {label + from.str() + " to " + Shape(to).str(),
          {InputSpec::uniform(from)},
          {{"shape", std::move(to)}}};
}

std::vector<Sample> samples() {
  return {sample({}, {1, 1}),
          sample({1}, {}),
          sample({2, 3}, {3, 2}),
          sample({2, 3, 4}, {2, -1}),
          sample({2, 3, 4}, {-1}),
          sample({0, 3}, {3, 0}),
          sample({2, 3, 4, 5}, {2, 3, 20}),
          sample({7}, {1, 7, 1}),
          sample({2, 3, 4}, {4, 3, 2}),
          sample({2, 1, 3, 1, 2}, {2, 6}),
          sample({2, 36, 31}, {2, 4, 9, 31}, "large ")};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto to = [](std::vector<std::int64_t> shape) {
    return Attrs{{"shape", std::move(shape)}};
  };
  return {
      {"count",
       {S::uniform({2, 3})},
       to({4, 2}),
       ErrorKind::shape,
       {"reshape", "[2, 3]", "[4, 2]"}},
      {"two open", {S::uniform({2, 3})}, to({-1, -1}), ErrorKind::shape, {"reshape", "[2, 3]"}},
      {"no multiple", {S::uniform({2, 3})}, to({4, -1}), ErrorKind::shape, {"reshape", "[2, 3]"}},
      {"overflow",
       {S::uniform({2, 3})},
       to({1LL << 40, 1LL << 40}),
       ErrorKind::shape,
       {"reshape", "[1099511627776, 1099511627776]"}},
      {"no x", {S::absent()}, to({1}), ErrorKind::usage, {"reshape", "none"}}};
}

Cost cost(std::span<const Tensor>, std::span<const Tensor>, const Attrs&) { return {}; }

}  // namespace reshape_room

const OpDef reshape_op{
    .name = "reshape",
    .equation = "y[flat i] = x[flat i]",
    .group = OpGroup::index,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {reshape(in[0], Shape(a.ints("shape")))};
    },
    .vjp = reshape_room::vjp,
    .saves = Saves::none(),
    .mixes_batch = true,  // axis 0 of x and of y need not be the same
    .samples = reshape_room::samples,
    .bad_samples = reshape_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = reshape_room::cost,
};

}  // namespace dact
