#include "autograd/composite/similarity.hpp"

#include <limits>

#include "autograd/ops.hpp"

namespace dact {
namespace similarity_room {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void require_vectors(std::string_view where, const Var& x, std::int64_t axis, double eps) {
  require_float(where, "x", x.defined() ? x.value() : Tensor());
  require_axis(where, x.value(), axis);
  if (!(eps > 0)) throw UsageError(where, "eps must be > 0, got " + std::to_string(eps));
}

// max(|x|, eps) along one axis
Var length(const Var& x, std::int64_t axis, double eps, bool keep_axis) {
  return clamp(norm_l2(x, {axis}, keep_axis), eps, kInfinity);
}

}  // namespace similarity_room

Var l2_normalize(const Var& x, std::int64_t axis, double eps) {
  similarity_room::require_vectors("l2_normalize", x, axis, eps);
  return div(x, similarity_room::length(x, axis, eps, true));
}

Var cosine_similarity(const Var& a, const Var& b, std::int64_t axis, double eps) {
  similarity_room::require_vectors("cosine_similarity", a, axis, eps);
  require_defined("cosine_similarity", "b", b.defined() ? b.value() : Tensor());
  require_same_kind("cosine_similarity", a.value(), b.value());
  require_same_shape("cosine_similarity", a.value(), b.value());
  const Var lengths = mul(similarity_room::length(a, axis, eps, false),
                          similarity_room::length(b, axis, eps, false));
  return div(sum(mul(a, b), {axis}), lengths);
}

namespace similarity_room {

// `count` vectors' worth of inputs per sample.
std::vector<Sample> samples(int count) {
  std::vector<Sample> s;
  const auto add = [&](std::string label, Shape shape, int axis, double eps, bool batched = true) {
    Sample one{
        label + shape.str() + " axis " + std::to_string(axis), {}, {{"axis", axis}, {"eps", eps}}};
    for (int i = 0; i < count; ++i) {
      one.inputs.push_back(InputSpec::distinct(shape));
      one.inputs.back().batched = batched;
    }
    s.push_back(std::move(one));
  };
  add("", {3, 5}, 1, 1e-8);
  add("", {2, 7}, -1, 1e-12);
  add("", {2, 3, 4}, 1, 1e-8);
  add("", {2, 3, 2, 3}, 1, 1e-8);
  add("", {2, 2, 2, 3, 2}, 3, 1e-8);
  add("vector ", {6}, 0, 1e-8, false);
  add("empty ", {0, 3}, 1, 1e-8);
  add("shorter than eps ", {2, 3}, 1, 5);
  add("large ", {3, 2311}, 1, 1e-8);
  add("large ", {2, 37, 23, 19}, 1, 1e-8);
  return s;
}

std::vector<BadSample> bad_samples(const char* name, std::size_t count) {
  using S = InputSpec;
  const auto with = [](int axis, double eps) { return Attrs{{"axis", axis}, {"eps", eps}}; };
  const auto of = [&](S x) { return std::vector<S>(count, x); };
  return {
      {"axis", of(S::uniform({2, 3})), with(2, 1), ErrorKind::shape, {name, "axis 2", "[2, 3]"}},
      {"eps", of(S::uniform({2, 3})), with(1, 0), ErrorKind::usage, {name, "eps"}},
      {"integer x",
       of(S::integers({2, 3}, 0, 4)),
       with(1, 1),
       ErrorKind::dtype,
       {name, "i64[2, 3]"}},
      {"no x", of(S::absent()), with(1, 1), ErrorKind::usage, {name, "none"}}};
}

std::vector<BadSample> pair_bad() {
  using S = InputSpec;
  std::vector<BadSample> bad = bad_samples("cosine_similarity", 2);
  bad.push_back({"shapes",
                 {S::uniform({2, 3}), S::uniform({3, 3})},
                 {{"axis", 1}, {"eps", 1.0}},
                 ErrorKind::shape,
                 {"cosine_similarity", "[2, 3]", "[3, 3]"}});
  return bad;
}

}  // namespace similarity_room

const CompositeDef l2_normalize_op{
    {.name = "l2_normalize",
     .equation = "y = x / max(|x|, eps)",
     .group = OpGroup::reduction,
     .samples = [] { return similarity_room::samples(1); },
     .bad_samples = [] { return similarity_room::bad_samples("l2_normalize", 1); },
     .tolerance = {Tolerance::Unit::scaled, 4},
     .composite = true},
    [](std::span<const Var> in, const Attrs& a) -> Vars {
      return {l2_normalize(in[0], a.i64("axis"), a.f64("eps"))};
    }};

const CompositeDef cosine_similarity_op{
    {.name = "cosine_similarity",
     .equation = "y = <a, b> / (max(|a|, eps) max(|b|, eps))",
     .group = OpGroup::reduction,
     .samples = [] { return similarity_room::samples(2); },
     .bad_samples = similarity_room::pair_bad,
     .tolerance = {Tolerance::Unit::scaled, 4},
     .composite = true},
    [](std::span<const Var> in, const Attrs& a) -> Vars {
      return {cosine_similarity(in[0], in[1], a.i64("axis"), a.f64("eps"))};
    }};

}  // namespace dact
