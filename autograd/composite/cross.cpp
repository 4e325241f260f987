#include "autograd/composite/cross.hpp"

#include "autograd/ops.hpp"

namespace dact {

Var cross(const Var& a, const Var& b, std::int64_t axis) {
  require_float("cross", "a", a.defined() ? a.value() : Tensor());
  require_float("cross", "b", b.defined() ? b.value() : Tensor());
  const int axis_a = require_axis("cross", a.value(), axis),
            axis_b = require_axis("cross", b.value(), axis);
  if (a.shape()[axis_a] != 3 || b.shape()[axis_b] != 3)
    throw ShapeError("cross", "both operands must have size 3 on axis " + std::to_string(axis) +
                                  ", got " + a.value().str() + " and " + b.value().str());
  const auto part = [&](const Var& v, int along, std::int64_t i) {
    return slice(v, along, i, i + 1);
  };
  Vars y;
  for (std::int64_t i = 0; i < 3; ++i) {
    const std::int64_t j = (i + 1) % 3, k = (i + 2) % 3;
    y.push_back(sub(mul(part(a, axis_a, j), part(b, axis_b, k)),
                    mul(part(a, axis_a, k), part(b, axis_b, j))));
  }
  return cat(y, axis);
}

namespace cross_room {

std::vector<Sample> samples() {
  using S = InputSpec;
  const auto along = [](int axis) { return Attrs{{"axis", axis}}; };
  return {{"[2, 3]", {S::uniform({2, 3}), S::uniform({2, 3})}, along(-1)},
          {"one vector", {S::uniform({3}).shared(), S::uniform({3}).shared()}, along(0)},
          {"[2, 4, 3]", {S::uniform({2, 4, 3}), S::uniform({2, 4, 3})}, along(2)},
          {"axis 1", {S::uniform({2, 3, 5}), S::uniform({2, 3, 5})}, along(1)},
          {"b repeats", {S::uniform({4, 3}), S::uniform({1, 3}).shared()}, along(-1)},
          {"empty", {S::uniform({0, 3}), S::uniform({0, 3})}, along(-1)},
          {"large [3, 2111, 3]", {S::uniform({3, 2111, 3}), S::uniform({3, 2111, 3})}, along(-1)}};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const Attrs last{{"axis", -1}};
  return {{"size",
           {S::uniform({2, 4}), S::uniform({2, 4})},
           last,
           ErrorKind::shape,
           {"cross", "size 3", "[2, 4]"}},
          {"axis",
           {S::uniform({3}), S::uniform({3})},
           {{"axis", 1}},
           ErrorKind::shape,
           {"cross", "axis 1"}},
          {"integers",
           {S::integers({3}, 0, 5), S::integers({3}, 0, 5)},
           last,
           ErrorKind::dtype,
           {"cross", "i64[3]"}}};
}

}  // namespace cross_room

const CompositeDef cross_op{{.name = "cross",
                             .equation = "y = a x b, 3-vectors",
                             .group = OpGroup::product,
                             .samples = cross_room::samples,
                             .bad_samples = cross_room::bad_samples,
                             .tolerance = {Tolerance::Unit::scaled, 2},
                             .composite = true},
                            [](std::span<const Var> in, const Attrs& a) -> Vars {
                              return {cross(in[0], in[1], a.i64("axis"))};
                            }};

}  // namespace dact
