#include "tensor/ops/logical_not/logical_not.hpp"

#include "tensor/ops/compare/compare.hpp"
#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor logical_not(const Tensor& x) {
  require_dtype("logical_not", "x", x, DType::bool_);
  return ne(x, full({}, 1, DType::bool_).to(x.device()));
}

namespace logical_not_room {

std::vector<Sample> samples() {
  std::vector<Sample> s;
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{7}, Shape{2, 3, 5},
                             Shape{2, 3, 2, 5}, Shape{2, 1, 3, 2, 2}, Shape{16, 2}})
    s.push_back({"x" + shape.str(), {InputSpec::boolean(shape)}});
  s.push_back({"large [3, 5, 1111]", {InputSpec::boolean({3, 5, 1111})}});
  return s;
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const std::string name = "logical_not";
  return {{"f32", {S::uniform({2, 3})}, {}, ErrorKind::dtype, {name, "[2, 3]"}},
          {"i64", {S::integers({4}, 0, 2)}, {}, ErrorKind::dtype, {name, "i64[4]"}},
          {"no x", {S::absent()}, {}, ErrorKind::usage, {name, "none"}}};
}

}  // namespace logical_not_room

const OpDef logical_not_op{
    .name = "logical_not",
    .equation = "y = not x",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {logical_not(in[0])};
    },
    .no_gradient = "its result is of bool",
    .saves = Saves::none(),
    .samples = logical_not_room::samples,
    .bad_samples = logical_not_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = unary_cost<1>,
};

}  // namespace dact
