#include "tensor/ops/grid_sample/grid_sample.room.hpp"

namespace dact::grid_sample_room {

std::vector<Sample> samples() {
  using S = InputSpec;
  std::vector<Sample> list;
  const auto add = [&](std::string label, Shape x, Shape grid, const GridSampleOptions& options) {
    const Attrs attrs = attrs_of(options);
    list.push_back({label + x.str() + " at " + grid.str() + " " + attrs.str(),
                    {S::uniform(x, -2, 2), S::uniform(grid, -1.3, 1.3)},
                    attrs});
  };
  constexpr GridPadding zeros = GridPadding::zeros, border = GridPadding::border;
  for (const bool align : {false, true})
    for (const GridPadding padding : {zeros, border}) {
      add("", {2, 2, 3, 4}, {2, 3, 3, 2}, {padding, align});
      add("", {1, 1, 5, 2}, {1, 2, 7, 2}, {padding, align});
    }
  add("", {1, 1, 1, 1}, {1, 1, 1, 2}, {zeros, false});
  add("", {1, 2, 1, 3}, {1, 2, 2, 2}, {border, true});
  add("", {0, 2, 3, 3}, {0, 2, 2, 2}, {zeros, false});
  add("", {2, 0, 3, 3}, {2, 2, 2, 2}, {zeros, false});
  add("", {1, 2, 3, 3}, {1, 0, 4, 2}, {zeros, false});
  add("large ", {1, 3, 64, 48}, {1, 56, 56, 2}, {zeros, false});
  add("large ", {2, 19, 17, 23}, {2, 31, 13, 2}, {border, false});
  add("large ", {1, 37, 9, 11}, {1, 20, 24, 2}, {zeros, true});
  return list;
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const Attrs plain = attrs_of(GridSampleOptions{});
  const S x = S::uniform({2, 3, 4, 5}), grid = S::uniform({2, 3, 3, 2});
  const std::string name = "grid_sample";
  return {
      {"x of rank 3", {S::uniform({3, 4, 5}), grid}, plain, ErrorKind::shape, {name, "[3, 4, 5]"}},
      {"grid of rank 3",
       {x, S::uniform({2, 3, 2})},
       plain,
       ErrorKind::shape,
       {name, "grid", "[2, 3, 2]"}},
      {"no grid", {x, S::absent()}, plain, ErrorKind::usage, {name, "grid", "none"}},
      {"other batch",
       {x, S::uniform({1, 3, 3, 2})},
       plain,
       ErrorKind::shape,
       {name, "[2, 3, 4, 5]", "[1, 3, 3, 2]"}},
      {"three coordinates",
       {x, S::uniform({2, 3, 3, 3})},
       plain,
       ErrorKind::shape,
       {name, "[2, 3, 3, 3]"}},
      {"integer grid",
       {x, S::integers({2, 3, 3, 2}, 0, 2)},
       plain,
       ErrorKind::dtype,
       {name, "f32[2, 3, 4, 5]", "i64[2, 3, 3, 2]"}},
      {"empty image",
       {S::uniform({2, 3, 0, 5}), grid},
       plain,
       ErrorKind::shape,
       {name, "[2, 3, 0, 5]"}},
      {"unknown padding",
       {x, grid},
       {{"padding", "mirror"}, {"align_corners", false}},
       ErrorKind::usage,
       {name, "mirror"}},
  };
}

}  // namespace dact::grid_sample_room
