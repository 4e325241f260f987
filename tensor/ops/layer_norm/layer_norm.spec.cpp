#include "tensor/ops/layer_norm/layer_norm.room.hpp"

namespace dact::layer_norm_room {
namespace {

using S = InputSpec;

Sample sample(std::string label, Shape x, int axes, bool weight, bool bias, double eps = 1e-5) {
  Shape row;
  for (int i = x.rank() - axes; i < x.rank(); ++i) row.push_back(x[i]);
  return {label + x.str() + " axes " + std::to_string(axes) + (weight ? " weight" : "") +
              (bias ? " bias" : ""),
          {S::uniform(x, -2, 2), weight ? S::uniform(row, 0.5, 1.5).shared() : S::absent(),
           bias ? S::uniform(row).shared() : S::absent()},
          {{"axes", axes}, {"eps", eps}}};
}

}  // namespace

std::vector<Sample> samples() {
  return {sample("", {3, 5}, 1, true, true),
          sample("", {2, 3, 7}, 1, true, true),
          sample("", {2, 3, 7}, 1, false, false),
          sample("", {2, 3, 4}, 2, true, true),
          sample("", {2, 3, 5}, 1, true, false),
          sample("", {2, 3, 5}, 1, false, true),
          sample("", {2, 1, 17}, 1, true, true),
          sample("", {0, 4}, 1, true, true),
          sample("", {2, 6}, 1, true, true, 0.1),
          sample("large ", {2, 257, 77}, 1, true, true),
          sample("large ", {3, 2, 1100}, 1, true, true)};
}

std::vector<BadSample> bad_samples() {
  const S x = S::uniform({2, 3, 4}), none = S::absent();
  const auto attrs = [](int axes, double eps) { return Attrs{{"axes", axes}, {"eps", eps}}; };
  return {
      {"axes", {x, none, none}, attrs(4, 1e-5), ErrorKind::shape, {"layer_norm", "4", "[2, 3, 4]"}},
      {"no axes", {x, none, none}, attrs(0, 1e-5), ErrorKind::shape, {"layer_norm", "0"}},
      {"weight",
       {x, S::uniform({3}), none},
       attrs(1, 1e-5),
       ErrorKind::shape,
       {"weight", "[4]", "[3]"}},
      {"eps", {x, none, none}, attrs(1, -1), ErrorKind::usage, {"eps", "-1"}},
      {"integer x",
       {S::integers({2, 3}, 0, 5), none, none},
       attrs(1, 1e-5),
       ErrorKind::dtype,
       {"i64[2, 3]"}}};
}

}  // namespace dact::layer_norm_room
