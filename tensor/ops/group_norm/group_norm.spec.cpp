#include "tensor/ops/group_norm/group_norm.impl.hpp"

namespace dact::group_norm_room {
namespace {

using S = InputSpec;

Attrs attrs(std::int64_t groups, double eps = 1e-5) { return {{"groups", groups}, {"eps", eps}}; }

// x, weight, bias, and the conditions named in `with` ("t": scale and shift, "z": scale).
std::vector<S> inputs(Shape x, bool affine, std::string_view with) {
  const std::int64_t b = x[0], c = x[1];
  const bool t = with.find('t') != std::string_view::npos,
             z = with.find('z') != std::string_view::npos;
  return {S::uniform(x, -2, 2),
          affine ? S::uniform({c}, 0.5, 1.5).shared() : S::absent(),
          affine ? S::uniform({c}).shared() : S::absent(),
          t ? S::uniform({b, c}) : S::absent(),
          t ? S::uniform({b, c}) : S::absent(),
          z ? S::uniform({b, c}) : S::absent()};
}

Sample plain(std::string label, Shape x, std::int64_t groups, bool affine, double eps = 1e-5) {
  auto in = inputs(x, affine, "");
  in.resize(3);
  return {label + x.str() + " groups " + std::to_string(groups), in, attrs(groups, eps)};
}

Sample fused(std::string label, Shape x, std::int64_t groups, bool affine, std::string_view with,
             bool silu = true) {
  Attrs a = attrs(groups);
  a.set({"silu", silu});
  return {label + x.str() + " groups " + std::to_string(groups) + " with {" + std::string(with) +
              "}" + (silu ? " silu" : ""),
          inputs(x, affine, with), a};
}

}  // namespace

std::vector<Sample> samples() {
  return {plain("", {2, 4, 3, 2}, 2, true),
          plain("", {2, 4, 3, 2}, 2, false),
          plain("", {2, 3, 5}, 3, true),
          plain("", {1, 6, 2, 2}, 1, true, 0.1),
          plain("", {3, 10}, 2, true),
          plain("", {2, 2, 2, 2, 2}, 2, true),
          plain("", {0, 4, 3, 3}, 2, true),
          plain("", {2, 6, 1, 5}, 2, true),
          plain("large ", {2, 33, 41, 37}, 11, true),
          plain("large ", {2, 64, 16, 16}, 32, true)};
}

std::vector<Sample> silu_samples() {
  return {fused("", {2, 4, 3, 2}, 2, true, "tz"),
          fused("", {2, 4, 3, 2}, 2, true, "t"),
          fused("", {2, 4, 3, 2}, 2, true, "z"),
          fused("", {2, 4, 3, 2}, 4, true, ""),
          fused("", {2, 4, 5}, 2, false, "tz"),
          fused("", {2, 4, 3, 2}, 2, true, "tz", false),
          fused("", {2, 10}, 2, true, "tz"),
          fused("", {0, 4, 3, 3}, 2, true, "tz"),
          fused("large ", {2, 33, 41, 37}, 11, true, "tz"),
          fused("large ", {3, 128, 8, 8}, 32, true, "tz")};
}

namespace {

// The faults that both entries must refuse; `more` absent operands are appended for the fused entry.
std::vector<BadSample> shared_bad_samples(std::size_t more, const Attrs& extra) {
  const auto with = [&](std::vector<S> in) {
    for (std::size_t i = 0; i < more; ++i) in.push_back(S::absent());
    return in;
  };
  const auto a = [&](std::int64_t groups, double eps) {
    Attrs all = attrs(groups, eps);
    for (const Attr& e : extra.list()) all.set(e);
    return all;
  };
  const S x = S::uniform({2, 6, 3, 3}), w = S::uniform({6}), none = S::absent();
  return {{"groups",
           with({x, w, w}),
           a(4, 1e-5),
           ErrorKind::shape,
           {"group_norm", "4 groups", "[2, 6, 3, 3]"}},
          {"rank",
           with({S::uniform({6}), none, none}),
           a(1, 1e-5),
           ErrorKind::shape,
           {"group_norm", "rank", "[6]"}},
          {"weight",
           with({x, S::uniform({5}), w}),
           a(2, 1e-5),
           ErrorKind::shape,
           {"weight", "[6]", "[5]"}},
          {"integer x",
           with({S::integers({2, 6}, 0, 9), none, none}),
           a(2, 1e-5),
           ErrorKind::dtype,
           {"i64[2, 6]"}},
          {"eps", with({x, w, w}), a(2, 0), ErrorKind::usage, {"eps"}}};
}

}  // namespace

std::vector<BadSample> bad_samples() { return shared_bad_samples(0, {}); }

std::vector<BadSample> silu_bad_samples() {
  std::vector<BadSample> bad = shared_bad_samples(3, {{"silu", true}});
  Attrs a = attrs(2);
  a.set({"silu", true});
  bad.push_back({"scale_t",
                 {S::uniform({2, 6, 3, 3}), S::absent(), S::absent(), S::uniform({2, 5}),
                  S::absent(), S::absent()},
                 a,
                 ErrorKind::shape,
                 {"scale_t", "[2, 6]", "[2, 5]"}});
  return bad;
}

}  // namespace dact::group_norm_room
