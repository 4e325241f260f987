#include "nn/layers.hpp"

namespace dact::nn {
namespace {

Var parameter(const Shape& shape, double value = 0) { return Var(full(shape, value), /*requires_grad=*/true); }

}  // namespace

Linear::Linear(std::int64_t in, std::int64_t out, bool with_bias) : weight(parameter({out, in})) {
  if (with_bias) bias = parameter({out});
}
Var Linear::operator()(const Var& x) const {
  const PathScope scope(path());
  return tap_point(path(), linear(x, weight, bias));
}
void Linear::visit(Visitor& v) {
  v.param("weight", weight);
  v.param("bias", bias);
}

Conv2d::Conv2d(std::int64_t in, std::int64_t out, Pair kernel, const Conv2dOptions& o, bool with_bias)
    : weight(parameter({out, in / o.groups, kernel.h, kernel.w})), options(o) {
  if (with_bias) bias = parameter({out});
}
Var Conv2d::operator()(const Var& x) const {
  const PathScope scope(path());
  return tap_point(path(), conv2d(x, weight, bias, options));
}
void Conv2d::visit(Visitor& v) {
  v.param("weight", weight);
  v.param("bias", bias);
}

Conv1x1::Conv1x1(std::int64_t in, std::int64_t out) : weight(parameter({out, in, 1})), bias(parameter({out})) {}
Var Conv1x1::operator()(const Var& x) const {
  const PathScope scope(path());
  const Var image = x.shape().rank() == 4 ? x : reshape(x, {x.size(0), x.size(1), -1, 1});
  const Var y = conv2d(image, reshape(weight, {weight.size(0), weight.size(1), 1, 1}), bias);
  if (x.shape().rank() == 4) return tap_point(path(), y);
  return tap_point(path(), reshape(y, {x.size(0), weight.size(0), -1}));
}
void Conv1x1::visit(Visitor& v) {
  v.param("weight", weight);
  v.param("bias", bias);
}

GroupNorm::GroupNorm(std::int64_t g, std::int64_t channels, double e)
    : weight(parameter({channels}, 1)), bias(parameter({channels})), groups(g), eps(e) {}
Var GroupNorm::operator()(const Var& x) const {
  const PathScope scope(path());
  return tap_point(path(), group_norm(x, groups, weight, bias, eps));
}
Var GroupNorm::silu(const Var& x, const GroupNormConditions& conditions) const {
  const PathScope scope(path());
  return tap_point(path(), group_norm_silu(x, groups, weight, bias, conditions, eps));
}
void GroupNorm::visit(Visitor& v) {
  v.param("weight", weight);
  v.param("bias", bias);
}

}  // namespace dact::nn
