#include "reenact/nets/parser.hpp"

namespace dact::nets {
namespace {

// The small map doubled, reduced to the larger one's channels, added to it, then norm, SiLU, 3x3.
Var up(const nn::Conv2d& reduce, const nn::GroupNorm& norm, const nn::Conv2d& merge,
       const Var& small, const Var& large) {
  const Var grown = interpolate_nearest(reduce(small), {large.size(2), large.size(3)});
  return merge(norm.silu(add(large, grown)));
}

// [B, 4 C, H, W] -> [B, C, 2 H, 2 W]: channel 4 c + 2 i + j is row 2 y + i, column 2 x + j of map c.
Var depth_to_space(const Var& x) {
  const std::int64_t b = x.size(0), c = x.size(1) / 4, h = x.size(2), w = x.size(3);
  return reshape(permute(reshape(x, {b, c, 2, 2, h, w}), {0, 1, 4, 2, 5, 3}), {b, c, 2 * h, 2 * w});
}

}  // namespace

FaceParser::FaceParser()
    : deepest_(96, 96, 3, {.stride = 2, .padding = 1}),
      to96_(96, 96, 1),
      to64_(96, 64, 1),
      to32_(64, 32, 1),
      merge96_(96, 96, 1),
      merge64_(64, 64, 3, {.padding = 1}),
      merge32_(32, 32, 3, {.padding = 1}),
      norm96_(kGroups, 96),
      norm64_(kGroups, 64),
      norm32_(kGroups, 32),
      out_norm_(kGroups, 32),
      out_(32, 4 * kParsingClasses, 3, {.padding = 1}) {}

std::vector<Var> FaceParser::features(const Var& image) const {
  std::vector<Var> maps = trunk_(image);
  maps.push_back(deepest_(maps.back()));
  return maps;
}

Var FaceParser::operator()(const Var& image) const {
  const std::vector<Var> map = features(image);
  Var h = up(to96_, norm96_, merge96_, map[3], map[2]);
  h = up(to64_, norm64_, merge64_, h, map[1]);
  h = up(to32_, norm32_, merge32_, h, map[0]);
  return tap_point(path(), depth_to_space(out_(out_norm_.silu(h))));
}

void FaceParser::visit(nn::Visitor& v) {
  v.child("trunk", trunk_);
  v.child("deepest", deepest_);
  v.child("to96", to96_);
  v.child("norm96", norm96_);
  v.child("merge96", merge96_);
  v.child("to64", to64_);
  v.child("norm64", norm64_);
  v.child("merge64", merge64_);
  v.child("to32", to32_);
  v.child("norm32", norm32_);
  v.child("merge32", merge32_);
  v.child("out_norm", out_norm_);
  v.child("out", out_);
}

}  // namespace dact::nets
