#include "tensor/ops/compare/compare.hpp"

#include "tensor/ops/compare/compare.fn.hpp"
#include "tensor/ops/elementwise/binary.hpp"

namespace dact {

Tensor eq(const Tensor& a, const Tensor& b) { return binary(BinaryId::eq, "eq", a, b); }
Tensor ne(const Tensor& a, const Tensor& b) { return binary(BinaryId::ne, "ne", a, b); }
Tensor lt(const Tensor& a, const Tensor& b) { return binary(BinaryId::lt, "lt", a, b); }
Tensor le(const Tensor& a, const Tensor& b) { return binary(BinaryId::le, "le", a, b); }
Tensor gt(const Tensor& a, const Tensor& b) { return binary(BinaryId::gt, "gt", a, b); }
Tensor ge(const Tensor& a, const Tensor& b) { return binary(BinaryId::ge, "ge", a, b); }

namespace compare_room {

// Values from a few steps, so that equal pairs occur; every shape that broadcasting knows, and integers.
std::vector<Sample> samples() {
  std::vector<Sample> s = binary_samples(-3, 3, -3, 3);
  const InputSpec a = InputSpec::of({2, 3}, {1, 2, -0.0, 4, -5, 0.5});
  const InputSpec b = InputSpec::of({2, 3}, {1, -2, 0.0, 4.5, -5, 0.25});
  s.push_back({"equal pairs", {a, b}});
  s.push_back({"integers", {InputSpec::integers({3, 5}, 0, 4), InputSpec::integers({3, 5}, 0, 4)}});
  return s;
}

constexpr std::string_view kNoGradient = "its result is of bool";
constexpr Tolerance kExact = {Tolerance::Unit::exact, 0};

}  // namespace compare_room

const OpDef eq_op{
    .name = "eq",
    .equation = "y = [a == b]",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {eq(in[0], in[1])};
    },
    .no_gradient = compare_room::kNoGradient,
    .saves = Saves::none(),
    .samples = compare_room::samples,
    .bad_samples = [] { return binary_bad_samples("eq", eq_fn::types); },
    .tolerance = compare_room::kExact,
    .cost = binary_cost<1>,
};

const OpDef ne_op{
    .name = "ne",
    .equation = "y = [a != b]",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {ne(in[0], in[1])};
    },
    .no_gradient = compare_room::kNoGradient,
    .saves = Saves::none(),
    .samples = compare_room::samples,
    .bad_samples = [] { return binary_bad_samples("ne", ne_fn::types); },
    .tolerance = compare_room::kExact,
    .cost = binary_cost<1>,
};

const OpDef lt_op{
    .name = "lt",
    .equation = "y = [a < b]",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {lt(in[0], in[1])};
    },
    .no_gradient = compare_room::kNoGradient,
    .saves = Saves::none(),
    .samples = compare_room::samples,
    .bad_samples = [] { return binary_bad_samples("lt", lt_fn::types); },
    .tolerance = compare_room::kExact,
    .cost = binary_cost<1>,
};

const OpDef le_op{
    .name = "le",
    .equation = "y = [a <= b]",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {le(in[0], in[1])};
    },
    .no_gradient = compare_room::kNoGradient,
    .saves = Saves::none(),
    .samples = compare_room::samples,
    .bad_samples = [] { return binary_bad_samples("le", le_fn::types); },
    .tolerance = compare_room::kExact,
    .cost = binary_cost<1>,
};

const OpDef gt_op{
    .name = "gt",
    .equation = "y = [a > b]",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {gt(in[0], in[1])};
    },
    .no_gradient = compare_room::kNoGradient,
    .saves = Saves::none(),
    .samples = compare_room::samples,
    .bad_samples = [] { return binary_bad_samples("gt", gt_fn::types); },
    .tolerance = compare_room::kExact,
    .cost = binary_cost<1>,
};

const OpDef ge_op{
    .name = "ge",
    .equation = "y = [a >= b]",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {ge(in[0], in[1])};
    },
    .no_gradient = compare_room::kNoGradient,
    .saves = Saves::none(),
    .samples = compare_room::samples,
    .bad_samples = [] { return binary_bad_samples("ge", ge_fn::types); },
    .tolerance = compare_room::kExact,
    .cost = binary_cost<1>,
};

}  // namespace dact
