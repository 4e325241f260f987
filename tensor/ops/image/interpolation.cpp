#include "tensor/ops/image/interpolation.hpp"

#include "tensor/ops/image/images.hpp"

namespace dact {

std::vector<Sample> interpolation_samples(bool aligned) {
  std::vector<Sample> list;
  const auto add_one = [&](std::string label, Shape shape, Attrs attrs) {
    list.push_back(
        {label + shape.str() + " " + attrs.str(), {InputSpec::uniform(shape, -2, 2)}, attrs});
  };
  const auto add = [&](std::string label, Shape shape, Pair size) {
    Attrs attrs{attr_of("size", size)};
    if (aligned) attrs.set({"align_corners", false});
    add_one(label, shape, attrs);
    if (!aligned) return;
    attrs.set({"align_corners", true});
    add_one(label, shape, attrs);
  };
  add("", {2, 3, 3, 4}, {6, 8});
  add("", {1, 1, 1, 1}, {1, 1});
  add("", {1, 2, 1, 1}, {3, 2});
  add("", {0, 2, 4, 4}, {2, 2});
  add("", {2, 0, 4, 4}, {2, 2});
  add("", {2, 1, 6, 7}, {3, 2});
  add("", {1, 2, 5, 4}, {5, 4});
  add("", {1, 1, 5, 7}, {7, 5});
  add("", {1, 1, 13, 3}, {1, 1});
  add("", {1, 1, 4, 5}, {4, 11});
  add("large ", {2, 19, 31, 37}, {47, 29});
  add("large ", {1, 3, 97, 64}, {224, 96});
  add("large ", {1, 37, 64, 48}, {17, 13});
  return list;
}

std::vector<BadSample> bad_interpolations(const std::string& name, bool aligned) {
  using S = InputSpec;
  const auto size = [&](std::vector<std::int64_t> s) {
    Attrs attrs{{"size", std::move(s)}};
    if (aligned) attrs.set({"align_corners", false});
    return attrs;
  };
  return {
      {"rank 3",
       {S::uniform({2, 4, 5})},
       size({2, 2}),
       ErrorKind::shape,
       {name, "rank 4", "[2, 4, 5]"}},
      {"no x", {S::absent()}, size({2, 2}), ErrorKind::usage, {name, "none"}},
      {"empty image",
       {S::uniform({1, 2, 4, 0})},
       size({2, 2}),
       ErrorKind::shape,
       {name, "[1, 2, 4, 0]"}},
      {"size 0",
       {S::uniform({1, 2, 4, 5})},
       size({2, 0}),
       ErrorKind::shape,
       {name, "[2, 0]", "[1, 2, 4, 5]"}},
      {"size negative",
       {S::uniform({1, 2, 4, 5})},
       size({-1, 3}),
       ErrorKind::shape,
       {name, "[-1, 3]"}},
      {"size beyond 2^24",
       {S::uniform({1, 2, 4, 5})},
       size({1 << 25, 3}),
       ErrorKind::shape,
       {name, "[33554432, 3]"}},
      {"size of three numbers",
       {S::uniform({1, 2, 4, 5})},
       size({2, 3, 4}),
       ErrorKind::usage,
       {name, "[2, 3, 4]"}},
  };
}

}  // namespace dact
