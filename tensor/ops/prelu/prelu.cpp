#include "tensor/ops/prelu/prelu.hpp"

#include "tensor/ops/elementwise/binary.hpp"

namespace dact {

namespace prelu_room {

// [C] as [C, 1, ..., 1], so that broadcasting lines it up with axis 1; [1] as a scalar.
Tensor aligned(const Tensor& weight, int rank) {
  if (weight.numel() == 1) return weight.reshaped({});
  Shape shape = Shape::filled(rank - 1, 1);
  shape[0] = weight.numel();
  return weight.reshaped(shape);
}

}  // namespace prelu_room

Tensor prelu(const Tensor& x, const Tensor& weight) {
  require_float("prelu", "x", x);
  require_rank("prelu", "weight", weight, 1);
  require_same_kind("prelu", x, weight);
  const bool per_channel = x.rank() >= 2 && weight.numel() == x.size(1);
  if (weight.numel() != 1 && !per_channel)
    throw ShapeError("prelu", "weight must be [1] or have the size of x's axis 1, got x " +
                                  x.str() + ", weight " + weight.str());
  return binary(BinaryId::prelu, "prelu", x, prelu_room::aligned(weight, x.rank()));
}

namespace prelu_room {

// y = x where x > 0, else w x   =>   dx = g or w g,  dw_c = sum of g x over the elements of channel c with x <= 0
Tensors vjp(const VjpCtx& c) {
  const Tensor &g = c.grad[0], &x = c.in[0], w = aligned(c.in[1], x.rank());
  Tensors d(2);
  if (c.wanted[0]) d[0] = binary_grad(BinaryId::prelu, 0, g, x, w);
  if (c.wanted[1])
    d[1] = reduce_to(binary_grad(BinaryId::prelu, 1, g, x, w), w.shape()).reshaped(c.in_shapes[1]);
  return d;
}

std::vector<Sample> samples() {
  std::vector<Sample> s;
  const auto add = [&](Shape shape, std::int64_t weights, std::string label = "") {
    s.push_back({label + shape.str() + " weight [" + std::to_string(weights) + "]",
                 {InputSpec::distinct(shape), InputSpec::uniform({weights}, 0.1, 0.9).shared()}});
  };
  add({7}, 1);
  add({1}, 1);
  add({0}, 1);
  add({2, 3}, 3);
  add({2, 3}, 1);
  add({2, 0, 3}, 0);
  add({2, 3, 5}, 3);
  add({2, 3, 2, 3}, 3);
  add({2, 2, 1, 3, 2}, 2);
  add({3, 1, 4}, 1);
  add({2, 5, 37, 41}, 5, "large ");
  add({3, 7001}, 1, "large ");
  s.push_back({"scalar x", {InputSpec::distinct({}), InputSpec::uniform({1}, 0.1, 0.9).shared()}});
  return s;
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  return {{"channels",
           {S::uniform({2, 3, 4}), S::uniform({4})},
           {},
           ErrorKind::shape,
           {"prelu", "[2, 3, 4]", "[4]"}},
          {"rank 1",
           {S::uniform({5}), S::uniform({5})},
           {},
           ErrorKind::shape,
           {"prelu", "x f32[5]", "weight"}},
          {"weight rank",
           {S::uniform({2, 3}), S::uniform({3, 1})},
           {},
           ErrorKind::shape,
           {"prelu", "[3, 1]"}},
          {"integer x",
           {S::integers({2, 3}, 0, 4), S::uniform({3})},
           {},
           ErrorKind::dtype,
           {"prelu", "i64[2, 3]"}},
          {"no weight",
           {S::uniform({2, 3}), S::absent()},
           {},
           ErrorKind::usage,
           {"prelu", "weight", "none"}}};
}

}  // namespace prelu_room

const OpDef prelu_op{
    .name = "prelu",
    .equation = "y = x where x > 0, else w_c x",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {prelu(in[0], in[1])};
    },
    .vjp = prelu_room::vjp,
    .saves = Saves::all_inputs(),
    .samples = prelu_room::samples,
    .bad_samples = prelu_room::bad_samples,
    .tolerance = {.bound = 0.5},
    .cost = [](std::span<const Tensor> in, std::span<const Tensor>, const Attrs&) -> Cost {
      const auto n = static_cast<double>(in[0].numel());
      return {2 * n, 2 * static_cast<double>(size_of(in[0].dtype())) * n};
    },
};

}  // namespace dact
