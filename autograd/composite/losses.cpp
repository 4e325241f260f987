#include "autograd/composite/losses.hpp"

#include "autograd/ops.hpp"
#include "tensor/ops/scatter/scatter.hpp"

namespace dact {
namespace losses_room {

Tensor value_of(const Var& v) { return v.defined() ? v.value() : Tensor(); }

void require_pair(std::string_view where, const Var& a, const Var& b, LossReduction reduction) {
  require_float(where, "a", value_of(a));
  require_defined(where, "b", value_of(b));
  require_same_kind(where, a.value(), b.value());
  require_same_shape(where, a.value(), b.value());
  if (reduction == LossReduction::mean && a.value().numel() == 0)
    throw ShapeError(where, "a mean needs at least one element, got " + a.value().str());
}

void require_classes(const Var& x, const Var& target, LossReduction reduction) {
  require_float("cross_entropy", "x", value_of(x));
  require_defined("cross_entropy", "target", value_of(target));
  const Shape shape = x.shape();
  if (shape.rank() < 2 || !(target.shape() == shape.without(1)))
    throw ShapeError("cross_entropy", "x must be [N, C, ...] and target [N, ...], got x " +
                                          x.value().str() + " and target " + target.value().str());
  if (reduction == LossReduction::mean && target.value().numel() == 0)
    throw ShapeError("cross_entropy",
                     "a mean needs at least one element, got " + target.value().str());
  checked_indices("cross_entropy", target.value(), shape[1]);
}

}  // namespace losses_room

Var l1(const Var& a, const Var& b, LossReduction reduction) {
  losses_room::require_pair("l1", a, b, reduction);
  return batch_reduce(abs(sub(a, b)), reduction);
}

Var mse(const Var& a, const Var& b, LossReduction reduction) {
  losses_room::require_pair("mse", a, b, reduction);
  return batch_reduce(square(sub(a, b)), reduction);
}

Var cross_entropy(const Var& x, const Var& target, LossReduction reduction) {
  losses_room::require_classes(x, target, reduction);
  Shape wide = x.shape();
  wide[1] = 1;
  const Var picked = gather(log_softmax(x, 1), reshape(target, wide), 1);
  return batch_reduce(neg(reshape(picked, target.shape())), reduction);
}

namespace losses_room {

Attrs with(const char* reduction) { return {{"reduction", reduction}}; }

LossReduction of(std::string_view where, const Attrs& a) {
  return loss_reduction(where, a.text("reduction"));
}

std::vector<Sample> pair_samples() {
  std::vector<Sample> s;
  const auto add = [&](Shape shape, const char* reduction, std::string label = "") {
    s.push_back({label + reduction + " of " + shape.str(),
                 {InputSpec::distinct(shape), InputSpec::uniform(shape, -0.02, 0.02)},
                 with(reduction)});
  };
  add({}, "mean");
  add({1}, "none");
  add({0}, "sum");
  add({7}, "mean");
  add({3, 5}, "none");
  add({3, 5}, "sum");
  add({2, 1, 4, 3}, "mean");
  add({2, 2, 1, 3, 2}, "none");
  add({3, 4001}, "mean", "large ");
  add({2, 5, 33, 37}, "sum", "large ");
  return s;
}

std::vector<BadSample> pair_bad(const char* name) {
  using S = InputSpec;
  const auto x = S::uniform({2, 3});
  return {{"shapes",
           {x, S::uniform({2, 1})},
           with("mean"),
           ErrorKind::shape,
           {name, "[2, 3]", "[2, 1]"}},
          {"dtypes",
           {x, S::integers({2, 3}, 0, 2)},
           with("mean"),
           ErrorKind::dtype,
           {name, "i64[2, 3]"}},
          {"reduction", {x, x}, with("batch"), ErrorKind::usage, {name, "batch"}},
          {"mean of nothing",
           {S::uniform({0}), S::uniform({0})},
           with("mean"),
           ErrorKind::shape,
           {name, "[0]"}},
          {"no b", {x, S::absent()}, with("mean"), ErrorKind::usage, {name, "none"}}};
}

std::vector<Sample> class_samples() {
  using S = InputSpec;
  std::vector<Sample> s;
  const auto add = [&](Shape x, const char* reduction, std::string label = "") {
    s.push_back({label + reduction + " of " + x.str(),
                 {S::uniform(x, -3, 3), S::integers(x.without(1), 0, x[1])},
                 with(reduction)});
  };
  add({1, 1}, "sum");
  add({3, 5}, "mean");
  add({3, 5}, "none");
  add({3, 5}, "sum");
  add({0, 4}, "none");
  add({2, 3, 4}, "mean");
  add({2, 3, 2, 3}, "none");
  add({2, 2, 1, 3, 2}, "sum");
  add({97, 101}, "mean", "large ");
  add({2, 19, 33, 37}, "mean", "large ");
  return s;
}

std::vector<BadSample> class_bad() {
  using S = InputSpec;
  const auto x = S::uniform({2, 3});
  S outside = S::integers({2}, 0, 1);
  outside.kind = S::Kind::values;
  outside.values = {0, 3};
  return {{"class",
           {x, outside},
           with("mean"),
           ErrorKind::usage,
           {"cross_entropy", "[0, 3)", "got 3", "position [1]"}},
          {"target shape",
           {x, S::integers({3}, 0, 2)},
           with("mean"),
           ErrorKind::shape,
           {"cross_entropy", "[2, 3]", "[3]"}},
          {"rank",
           {S::uniform({3}), S::integers({3}, 0, 2)},
           with("mean"),
           ErrorKind::shape,
           {"cross_entropy", "[3]"}},
          {"float target",
           {x, S::uniform({2})},
           with("mean"),
           ErrorKind::dtype,
           {"cross_entropy", "f32[2]"}},
          {"reduction",
           {x, S::integers({2}, 0, 3)},
           with("median"),
           ErrorKind::usage,
           {"cross_entropy", "median"}}};
}

}  // namespace losses_room

const CompositeDef l1_op{{.name = "l1",
                          .equation = "l = |a - b|, then batch_reduce",
                          .group = OpGroup::loss,
                          .mixes_batch = true,  // mean and sum
                          .samples = losses_room::pair_samples,
                          .bad_samples = [] { return losses_room::pair_bad("l1"); },
                          .tolerance = {Tolerance::Unit::scaled, 4},
                          .composite = true},
                         [](std::span<const Var> in, const Attrs& a) -> Vars {
                           return {l1(in[0], in[1], losses_room::of("l1", a))};
                         }};

const CompositeDef mse_op{{.name = "mse",
                           .equation = "l = (a - b)^2, then batch_reduce",
                           .group = OpGroup::loss,
                           .mixes_batch = true,
                           .samples = losses_room::pair_samples,
                           .bad_samples = [] { return losses_room::pair_bad("mse"); },
                           .tolerance = {Tolerance::Unit::scaled, 4},
                           .composite = true},
                          [](std::span<const Var> in, const Attrs& a) -> Vars {
                            return {mse(in[0], in[1], losses_room::of("mse", a))};
                          }};

const CompositeDef cross_entropy_op{
    {.name = "cross_entropy",
     .equation = "l[n, ..] = -log_softmax(x)[n, target[n, ..], ..], then batch_reduce",
     .group = OpGroup::loss,
     .mixes_batch = true,
     .samples = losses_room::class_samples,
     .bad_samples = losses_room::class_bad,
     .tolerance = {Tolerance::Unit::scaled, 6},
     .composite = true},
    [](std::span<const Var> in, const Attrs& a) -> Vars {
      return {cross_entropy(in[0], in[1], losses_room::of("cross_entropy", a))};
    }};

}  // namespace dact
