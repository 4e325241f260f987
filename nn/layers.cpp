#include "nn/layers.hpp"

#include "tensor/error.hpp"

namespace dact::nn {
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
void Linear::fold_own_weights() { linear_fold_weight(weight.value()); }

Conv2d::Conv2d(std::int64_t in, std::int64_t out, Pair kernel, const Conv2dOptions& o,
               bool with_bias)
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
void Conv2d::fold_own_weights() { conv2d_fold_weight(weight.value(), options.groups); }

Conv1x1::Conv1x1(std::int64_t in, std::int64_t out)
    : weight(parameter({out, in, 1})), bias(parameter({out})) {}
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
void Conv1x1::fold_own_weights() {
  const Tensor& w = weight.value();
  conv2d_fold_weight(w.reshaped({w.size(0), w.size(1), 1, 1}));
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

Embedding::Embedding(std::int64_t rows, std::int64_t width) : weight(parameter({rows, width})) {}
Var Embedding::operator()(const Var& index) const {
  const PathScope scope(path());
  return tap_point(path(), embedding(weight, index));
}
void Embedding::visit(Visitor& v) { v.param("weight", weight); }

PRelu::PRelu(std::int64_t channels) : weight(parameter({channels}, 0.25)) {}
Var PRelu::operator()(const Var& x) const {
  const PathScope scope(path());
  return tap_point(path(), prelu(x, weight));
}
void PRelu::visit(Visitor& v) { v.param("weight", weight); }

Var Dropout::operator()(const Var& x) const {
  const PathScope scope(path());
  return tap_point(
      path(), training() && p > 0 ? dropout(x, p, {.seed = seed, .use = path(), .draw = step}) : x);
}

Var Sequential::operator()(const Var& x) const {
  Var h = x;
  for (const auto& step : steps_) h = step->run(h);
  return tap_point(path(), h);
}
void Sequential::visit(Visitor& v) {
  for (std::size_t i = 0; i < steps_.size(); ++i) v.child(std::to_string(i), steps_[i]->module());
}

MultiHeadAttention::MultiHeadAttention(std::int64_t width, std::int64_t h,
                                       std::int64_t context_width, bool qkv_bias)
    : to_q(width, width, qkv_bias),
      to_k(context_width, width, qkv_bias),
      to_v(context_width, width, qkv_bias),
      to_out(width, width),
      heads(h) {
  if (h < 1 || width % h != 0)
    throw UsageError("attention", "heads must divide the width, got " + std::to_string(h) +
                                      " heads for width " + std::to_string(width));
}
Var MultiHeadAttention::operator()(const Var& query, const Var& context, const Var& mask) const {
  const std::int64_t b = query.size(0), t = query.size(1), width = query.size(2);
  const auto by_head = [&](const Var& v) {  // [B, S, width] -> [B, heads, S, D]
    return permute(reshape(v, {b, v.size(1), heads, width / heads}), {0, 2, 1, 3});
  };
  const Var o =
      attention(by_head(to_q(query)), by_head(to_k(context)), by_head(to_v(context)), mask);
  return tap_point(path(), to_out(reshape(permute(o, {0, 2, 1, 3}), {b, t, width})));
}
void MultiHeadAttention::visit(Visitor& v) {
  v.child("to_q", to_q);
  v.child("to_k", to_k);
  v.child("to_v", to_v);
  v.child("to_out.0", to_out);
}

}  // namespace dact::nn
