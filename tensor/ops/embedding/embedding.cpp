#include "tensor/ops/embedding/embedding.hpp"

#include "tensor/ops/index_select/index_select.hpp"
#include "tensor/ops/scatter/scatter.hpp"

namespace dact {

Tensor embedding(const Tensor& weight, const Tensor& index) {
  require_rank("embedding", "weight", weight, 2);
  const Tensor wide = checked_indices("embedding", index, weight.shape()[0]);
  Shape shape = index.shape();
  shape.push_back(weight.shape()[1]);
  return index_select(weight, wide.reshaped({index.numel()}), 0).reshaped(shape);
}

namespace embedding_room {

// weight[v] serves every position with index v   =>   dweight[v] sums their gradients
Tensors vjp(const VjpCtx& c) {
  return {index_select_grad(c.grad[0], c.in[1], c.in_shapes[0], 0), Tensor()};
}

std::vector<Sample> samples() {
  using S = InputSpec;
  const auto table = [](std::int64_t v, std::int64_t d) { return S::uniform({v, d}).shared(); };
  return {{"scalar index", {table(3, 2), S::integers({}, 0, 3)}},
          {"one", {table(1, 1), S::integers({1}, 0, 1)}},
          {"vector", {table(5, 3), S::integers({4}, 0, 5)}},
          {"repeats", {table(2, 3), S::integers({7}, 0, 2)}},
          {"tokens", {table(6, 4), S::integers({2, 3}, 0, 6)}},
          {"rank 3", {table(4, 2), S::integers({2, 2, 3}, 0, 4)}},
          {"no index", {table(4, 2), S::integers({0}, 0, 4)}},
          {"i32 index", {table(5, 2), S::integers({3}, 0, 5, DType::i32)}},
          {"large", {table(97, 65), S::integers({3, 111}, 0, 97)}}};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  S outside = S::integers({1, 2}, 0, 1);
  outside.kind = S::Kind::values;
  outside.values = {0, 9};
  return {
      {"outside",
       {S::uniform({5, 2}), outside},
       {},
       ErrorKind::usage,
       {"embedding", "[0, 5)", "got 9", "position [0, 1]"}},
      {"weight rank",
       {S::uniform({5}), S::integers({1}, 0, 1)},
       {},
       ErrorKind::shape,
       {"embedding", "rank 2", "[5]"}},
      {"float index",
       {S::uniform({5, 2}), S::uniform({2})},
       {},
       ErrorKind::dtype,
       {"embedding", "f32[2]"}},
      {"no index", {S::uniform({5, 2}), S::absent()}, {}, ErrorKind::usage, {"embedding", "none"}}};
}

Cost cost(std::span<const Tensor>, std::span<const Tensor> out, const Attrs&) {
  return {0,
          2.0 * static_cast<double>(size_of(out[0].dtype())) * static_cast<double>(out[0].numel())};
}

}  // namespace embedding_room

const OpDef embedding_op{
    .name = "embedding",
    .equation = "y[.., j] = weight[index[..], j]",
    .group = OpGroup::index,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {embedding(in[0], in[1])};
    },
    .vjp = embedding_room::vjp,
    .saves = {.inputs = 2},
    .samples = embedding_room::samples,
    .bad_samples = embedding_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = embedding_room::cost,
};

}  // namespace dact
