#include "tensor/ops/reduce/samples.hpp"

namespace dact {
namespace {

using Axes = std::vector<std::int64_t>;

Attrs with_axes(Axes axes, bool keep, const Attrs& more) {
  Attrs attrs{{"axes", std::move(axes)}, {"keep_axes", keep}};
  for (const Attr& a : more.list()) attrs.set(a);
  return attrs;
}

}  // namespace

InputSpec reduction_uniform(Shape shape) { return InputSpec::uniform(shape, -1, 3); }

std::vector<Sample> reduction_samples(InputSpec (*make)(Shape), std::int64_t smallest,
                                      const Attrs& more) {
  std::vector<Sample> s;
  const auto add = [&](std::string label, Shape shape, Axes axes, bool keep = false) {
    s.push_back({label + shape.str() + " axes " + Shape(axes).str(),
                 {make(shape)},
                 with_axes(axes, keep, more)});
  };
  // along the samples, or over everything: there is no batch to take apart
  const auto mixed = [&](std::string label, Shape shape, Axes axes, bool keep = false) {
    add(std::move(label), shape, std::move(axes), keep);
    s.back().inputs[0].batched = false;
  };
  add("", {5, 7}, {1});
  add("", {3, 5}, {-1}, true);
  add("", {2, 3, 4, 2}, {2, 3}, true);
  add("", {2, 3, 2, 5}, {1, 3});
  add("", {2, 17, 2}, {1});
  add("", {2, 37}, {1});
  add("", {2, 2, 3, 2, 2}, {1, 4});
  if (smallest < 2) {
    add("one each ", {4, 1}, {1});
    mixed("scalar ", {}, {});
  }
  if (smallest < 1) add("nothing each ", {3, 0}, {1});
  add("no result ", {0, 3}, {1});
  mixed("all of ", {2, 3, 4}, {});
  mixed("along samples ", {7, 3}, {0}, true);
  add("large ", {2, 4100}, {1});
  add("large ", {2, 1025, 67}, {1});
  add("large ", {2, 5, 33, 37}, {2, 3});
  add("large ", {3, 70, 130}, {2});
  mixed("large, along samples ", {3000, 67}, {0});
  mixed("large, all of ", {3, 1100, 37}, {});
  return s;
}

std::vector<BadSample> reduction_bad_samples(std::string name, const Attrs& more) {
  using S = InputSpec;
  const auto along = [&](Axes axes) { return with_axes(std::move(axes), false, more); };
  return {
      {"axis out of range",
       {S::uniform({2, 3})},
       along({2}),
       ErrorKind::shape,
       {name, "axis 2", "[2, 3]"}},
      {"axis twice",
       {S::uniform({2, 3})},
       along({1, -1}),
       ErrorKind::shape,
       {name, "twice", "[2, 3]"}},
      {"integer x", {S::integers({2, 3}, 0, 5)}, along({1}), ErrorKind::dtype, {name, "i64[2, 3]"}},
      {"no x", {S::absent()}, along({}), ErrorKind::usage, {name, "none"}}};
}

}  // namespace dact
