#include "tensor/ops/batch_norm/batch_norm.room.hpp"

namespace dact::batch_norm_room {
namespace {

using S = InputSpec;

Attrs attrs(double eps = 1e-5) { return {{"eps", eps}}; }
S vector(std::int64_t c, double low, double high) { return S::uniform({c}, low, high).shared(); }

Sample training(std::string label, Shape x, bool affine, double eps = 1e-5) {
  return {label + x.str() + (affine ? " affine" : ""),
          {S::uniform(x, -1, 3), affine ? vector(x[1], 0.5, 1.5) : S::absent(),
           affine ? vector(x[1], -1, 1) : S::absent()},
          attrs(eps)};
}

Sample evaluation(std::string label, Shape x, bool affine) {
  Sample s = training(label, x, affine);
  s.inputs.insert(s.inputs.begin() + 1,
                  {vector(x[1], -1, 1).fixed(), vector(x[1], 0.5, 2).fixed()});
  return s;
}

}  // namespace

std::vector<Sample> samples() {
  return {training("", {3, 2, 2, 3}, true),
          training("", {3, 2, 2, 3}, false),
          training("", {5, 3}, true),
          training("", {2, 3, 4}, true),
          training("", {4, 1, 2, 2}, true),
          training("", {2, 2, 2, 2, 2}, true),
          training("", {3, 2, 3, 1}, true, 0.1),
          training("large ", {3, 33, 27, 19}, true),
          training("large ", {2, 5, 50, 41}, true)};
}

std::vector<Sample> samples_eval() {
  return {evaluation("", {3, 2, 2, 3}, true),    evaluation("", {3, 2, 2, 3}, false),
          evaluation("", {5, 3}, true),          evaluation("", {2, 3, 4}, true),
          evaluation("", {1, 4, 1, 1}, true),    evaluation("", {0, 3, 2, 2}, true),
          evaluation("", {2, 2, 2, 2, 2}, true), evaluation("large ", {3, 33, 27, 19}, true)};
}

std::vector<BadSample> bad_samples() {
  const S x = S::uniform({2, 3, 4, 4}), none = S::absent();
  return {
      {"rank",
       {S::uniform({3}), none, none},
       attrs(),
       ErrorKind::shape,
       {"batch_norm", "rank", "[3]"}},
      {"weight", {x, S::uniform({4}), none}, attrs(), ErrorKind::shape, {"weight", "[3]", "[4]"}},
      {"empty", {S::uniform({0, 3}), none, none}, attrs(), ErrorKind::shape, {"value", "[0, 3]"}},
      {"eps", {x, none, none}, attrs(0), ErrorKind::usage, {"eps"}},
      {"integer x",
       {S::integers({2, 3}, 0, 5), none, none},
       attrs(),
       ErrorKind::dtype,
       {"i64[2, 3]"}}};
}

std::vector<BadSample> bad_samples_eval() {
  const S x = S::uniform({2, 3, 4, 4}), none = S::absent(), c = S::uniform({3}, 1, 2);
  return {
      {"no mean", {x, none, c, none, none}, attrs(), ErrorKind::usage, {"mean", "none"}},
      {"var",
       {x, c, S::uniform({2}), none, none},
       attrs(),
       ErrorKind::shape,
       {"var", "[3]", "[2]"}},
      {"rank", {S::uniform({3}), c, c, none, none}, attrs(), ErrorKind::shape, {"rank", "[3]"}}};
}

}  // namespace dact::batch_norm_room
