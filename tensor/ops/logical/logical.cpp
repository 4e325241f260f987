#include "tensor/ops/logical/logical.hpp"

#include "tensor/ops/elementwise/binary.hpp"
#include "tensor/ops/elementwise/types.hpp"

namespace dact {

Tensor logical_and(const Tensor& a, const Tensor& b) {
  return binary(BinaryId::logical_and, "logical_and", a, b);
}
Tensor logical_or(const Tensor& a, const Tensor& b) {
  return binary(BinaryId::logical_or, "logical_or", a, b);
}
namespace logical_room {

std::vector<Sample> pairs() {
  using S = InputSpec;
  return {{"scalars", {S::boolean({}), S::boolean({})}},
          {"empty", {S::boolean({0}), S::boolean({0})}},
          {"one element", {S::boolean({1}), S::boolean({1})}},
          {"equal [2, 3, 5]", {S::boolean({2, 3, 5}), S::boolean({2, 3, 5})}},
          {"b a row", {S::boolean({3, 7}), S::boolean({7}).shared()}},
          {"b a column", {S::boolean({3, 7}), S::boolean({3, 1})}},
          {"both repeat", {S::boolean({3, 1, 2}), S::boolean({1, 5, 1}).shared()}},
          {"large [3, 5, 1111]", {S::boolean({3, 5, 1111}), S::boolean({3, 5, 1111})}}};
}

}  // namespace logical_room

const OpDef logical_and_op{
    .name = "logical_and",
    .equation = "y = a and b",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {logical_and(in[0], in[1])};
    },
    .no_gradient = "its result is of bool",
    .saves = Saves::none(),
    .samples = logical_room::pairs,
    .bad_samples = [] { return binary_bad_samples("logical_and", kBools); },
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = binary_cost<1>,
};

const OpDef logical_or_op{
    .name = "logical_or",
    .equation = "y = a or b",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {logical_or(in[0], in[1])};
    },
    .no_gradient = "its result is of bool",
    .saves = Saves::none(),
    .samples = logical_room::pairs,
    .bad_samples = [] { return binary_bad_samples("logical_or", kBools); },
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = binary_cost<1>,
};

}  // namespace dact
