// Every operator as a function of Vars: the index of what there is. Formula, errors and order stand in the room's header,
// tensor/ops/<op>/<op>.hpp; composites (built from these) are declared in autograd/composite/.
#pragma once
#include <initializer_list>
#include <span>
#include <vector>

#include "autograd/var.hpp"

// ---- elementwise
#include "tensor/ops/abs/abs.hpp"
#include "tensor/ops/acos/acos.hpp"
#include "tensor/ops/add/add.hpp"
#include "tensor/ops/add_scalar/add_scalar.hpp"
#include "tensor/ops/asin/asin.hpp"
#include "tensor/ops/atan2/atan2.hpp"
#include "tensor/ops/cast/cast.hpp"
#include "tensor/ops/ceil/ceil.hpp"
#include "tensor/ops/clamp/clamp.hpp"
#include "tensor/ops/compare/compare.hpp"
#include "tensor/ops/cos/cos.hpp"
#include "tensor/ops/div/div.hpp"
#include "tensor/ops/erf/erf.hpp"
#include "tensor/ops/exp/exp.hpp"
#include "tensor/ops/expm1/expm1.hpp"
#include "tensor/ops/floor/floor.hpp"
#include "tensor/ops/gelu/gelu.hpp"
#include "tensor/ops/gelu_quick/gelu_quick.hpp"
#include "tensor/ops/isfinite/isfinite.hpp"
#include "tensor/ops/lerp/lerp.hpp"
#include "tensor/ops/log/log.hpp"
#include "tensor/ops/log1p/log1p.hpp"
#include "tensor/ops/logical/logical.hpp"
#include "tensor/ops/logical_not/logical_not.hpp"
#include "tensor/ops/maximum/maximum.hpp"
#include "tensor/ops/minimum/minimum.hpp"
#include "tensor/ops/mul/mul.hpp"
#include "tensor/ops/mul_scalar/mul_scalar.hpp"
#include "tensor/ops/neg/neg.hpp"
#include "tensor/ops/pow/pow.hpp"
#include "tensor/ops/pow_scalar/pow_scalar.hpp"
#include "tensor/ops/prelu/prelu.hpp"
#include "tensor/ops/reciprocal/reciprocal.hpp"
#include "tensor/ops/relu/relu.hpp"
#include "tensor/ops/round/round.hpp"
#include "tensor/ops/rsqrt/rsqrt.hpp"
#include "tensor/ops/sigmoid/sigmoid.hpp"
#include "tensor/ops/sign/sign.hpp"
#include "tensor/ops/silu/silu.hpp"
#include "tensor/ops/sin/sin.hpp"
#include "tensor/ops/softplus/softplus.hpp"
#include "tensor/ops/sqrt/sqrt.hpp"
#include "tensor/ops/square/square.hpp"
#include "tensor/ops/sub/sub.hpp"
#include "tensor/ops/tan/tan.hpp"
#include "tensor/ops/tanh/tanh.hpp"
#include "tensor/ops/where/where.hpp"

// ---- reductions, softmax, losses
#include "autograd/composite/losses.hpp"
#include "autograd/composite/similarity.hpp"
#include "tensor/ops/batch_reduce/batch_reduce.hpp"
#include "tensor/ops/bce_with_logits/bce_with_logits.hpp"
#include "tensor/ops/max_min/max_min.hpp"
#include "tensor/ops/mean/mean.hpp"
#include "tensor/ops/norm_l1/norm_l1.hpp"
#include "tensor/ops/norm_l2/norm_l2.hpp"
#include "tensor/ops/softmax/softmax.hpp"
#include "tensor/ops/sort/sort.hpp"
#include "tensor/ops/sum/sum.hpp"
#include "tensor/ops/var/var.hpp"

// ---- products
#include "tensor/ops/attention/attention.hpp"
#include "tensor/ops/conv2d/conv2d.hpp"
#include "tensor/ops/linear/linear.hpp"
#include "tensor/ops/matmul/matmul.hpp"

// ---- shape and index
#include "autograd/composite/stack.hpp"
#include "tensor/ops/cat/cat.hpp"
#include "tensor/ops/embedding/embedding.hpp"
#include "tensor/ops/expand/expand.hpp"
#include "tensor/ops/flip/flip.hpp"
#include "tensor/ops/gather/gather.hpp"
#include "tensor/ops/index_select/index_select.hpp"
#include "tensor/ops/pad/pad.hpp"
#include "tensor/ops/permute/permute.hpp"
#include "tensor/ops/reshape/reshape.hpp"
#include "tensor/ops/scatter_add/scatter_add.hpp"
#include "tensor/ops/slice/slice.hpp"
#include "tensor/ops/split/split.hpp"

// ---- image
#include "tensor/ops/adaptive_avg_pool2d/adaptive_avg_pool2d.hpp"
#include "tensor/ops/affine_grid/affine_grid.hpp"
#include "tensor/ops/avg_pool2d/avg_pool2d.hpp"
#include "tensor/ops/grid_sample/grid_sample.hpp"
#include "tensor/ops/interpolate_bicubic/interpolate_bicubic.hpp"
#include "tensor/ops/interpolate_bicubic_aa/interpolate_bicubic_aa.hpp"
#include "tensor/ops/interpolate_bilinear/interpolate_bilinear.hpp"
#include "tensor/ops/interpolate_bilinear_aa/interpolate_bilinear_aa.hpp"
#include "tensor/ops/interpolate_nearest/interpolate_nearest.hpp"
#include "tensor/ops/max_pool2d/max_pool2d.hpp"
#include "tensor/ops/resize_u8/resize_u8.hpp"

// ---- norms and dropout
#include "tensor/ops/batch_norm/batch_norm.hpp"
#include "tensor/ops/dropout/dropout.hpp"
#include "tensor/ops/group_norm/group_norm.hpp"
#include "tensor/ops/layer_norm/layer_norm.hpp"

namespace dact {

using Axes = std::vector<std::int64_t>;

// ---- elementwise
inline Var add(const Var& a, const Var& b) { return apply1(add_op, {a, b}); }
inline Var atan2(const Var& y, const Var& x) { return apply1(atan2_op, {y, x}); }
inline Var div(const Var& a, const Var& b) { return apply1(div_op, {a, b}); }
inline Var maximum(const Var& a, const Var& b) { return apply1(maximum_op, {a, b}); }
inline Var minimum(const Var& a, const Var& b) { return apply1(minimum_op, {a, b}); }
inline Var mul(const Var& a, const Var& b) { return apply1(mul_op, {a, b}); }
inline Var pow(const Var& a, const Var& b) { return apply1(pow_op, {a, b}); }
inline Var prelu(const Var& x, const Var& weight) { return apply1(prelu_op, {x, weight}); }
inline Var sub(const Var& a, const Var& b) { return apply1(sub_op, {a, b}); }
inline Var abs(const Var& x) { return apply1(abs_op, {x}); }
inline Var acos(const Var& x) { return apply1(acos_op, {x}); }
inline Var asin(const Var& x) { return apply1(asin_op, {x}); }
inline Var ceil(const Var& x) { return apply1(ceil_op, {x}); }
inline Var cos(const Var& x) { return apply1(cos_op, {x}); }
inline Var erf(const Var& x) { return apply1(erf_op, {x}); }
inline Var exp(const Var& x) { return apply1(exp_op, {x}); }
inline Var expm1(const Var& x) { return apply1(expm1_op, {x}); }
inline Var floor(const Var& x) { return apply1(floor_op, {x}); }
inline Var gelu(const Var& x) { return apply1(gelu_op, {x}); }
inline Var gelu_quick(const Var& x) { return apply1(gelu_quick_op, {x}); }
inline Var isfinite(const Var& x) { return apply1(isfinite_op, {x}); }
inline Var log(const Var& x) { return apply1(log_op, {x}); }
inline Var log1p(const Var& x) { return apply1(log1p_op, {x}); }
inline Var neg(const Var& x) { return apply1(neg_op, {x}); }
inline Var reciprocal(const Var& x) { return apply1(reciprocal_op, {x}); }
inline Var relu(const Var& x) { return apply1(relu_op, {x}); }
inline Var round(const Var& x) { return apply1(round_op, {x}); }
inline Var rsqrt(const Var& x) { return apply1(rsqrt_op, {x}); }
inline Var sigmoid(const Var& x) { return apply1(sigmoid_op, {x}); }
inline Var sign(const Var& x) { return apply1(sign_op, {x}); }
inline Var silu(const Var& x) { return apply1(silu_op, {x}); }
inline Var sin(const Var& x) { return apply1(sin_op, {x}); }
inline Var softplus(const Var& x) { return apply1(softplus_op, {x}); }
inline Var sqrt(const Var& x) { return apply1(sqrt_op, {x}); }
inline Var square(const Var& x) { return apply1(square_op, {x}); }
inline Var tan(const Var& x) { return apply1(tan_op, {x}); }
inline Var tanh(const Var& x) { return apply1(tanh_op, {x}); }
inline Var add_scalar(const Var& x, double value) {
  return apply1(add_scalar_op, {x}, {{"value", value}});
}
inline Var mul_scalar(const Var& x, double value) {
  return apply1(mul_scalar_op, {x}, {{"value", value}});
}
inline Var pow_scalar(const Var& x, double exponent) {
  return apply1(pow_scalar_op, {x}, {{"exponent", exponent}});
}
inline Var clamp(const Var& x, double lo, double hi) {
  return apply1(clamp_op, {x}, {{"lo", lo}, {"hi", hi}});
}
inline Var cast(const Var& x, DType dtype) {
  return apply1(cast_op, {x}, {{"dtype", std::string(name_of(dtype))}});
}
inline Var lerp(const Var& a, const Var& b, const Var& t) { return apply1(lerp_op, {a, b, t}); }
inline Var where(const Var& condition, const Var& a, const Var& b) {
  return apply1(where_op, {condition, a, b});
}
inline Var eq(const Var& a, const Var& b) { return apply1(eq_op, {a, b}); }
inline Var ne(const Var& a, const Var& b) { return apply1(ne_op, {a, b}); }
inline Var lt(const Var& a, const Var& b) { return apply1(lt_op, {a, b}); }
inline Var le(const Var& a, const Var& b) { return apply1(le_op, {a, b}); }
inline Var gt(const Var& a, const Var& b) { return apply1(gt_op, {a, b}); }
inline Var ge(const Var& a, const Var& b) { return apply1(ge_op, {a, b}); }
inline Var logical_and(const Var& a, const Var& b) { return apply1(logical_and_op, {a, b}); }
inline Var logical_or(const Var& a, const Var& b) { return apply1(logical_or_op, {a, b}); }
inline Var logical_not(const Var& x) { return apply1(logical_not_op, {x}); }

// ---- reductions, softmax, losses
inline Var sum(const Var& x, const Axes& axes = {}, bool keep_axes = false) {
  return apply1(sum_op, {x}, {{"axes", axes}, {"keep_axes", keep_axes}});
}
inline Var mean(const Var& x, const Axes& axes = {}, bool keep_axes = false) {
  return apply1(mean_op, {x}, {{"axes", axes}, {"keep_axes", keep_axes}});
}
inline Var var(const Var& x, const Axes& axes = {}, std::int64_t correction = 1,
               bool keep_axes = false) {
  return apply1(var_op, {x},
                {{"axes", axes}, {"keep_axes", keep_axes}, {"correction", correction}});
}
/// {variance, mean}
inline Vars var_mean(const Var& x, const Axes& axes = {}, std::int64_t correction = 1,
                     bool keep_axes = false) {
  return apply(var_mean_op, std::span(&x, 1),
               {{"axes", axes}, {"keep_axes", keep_axes}, {"correction", correction}});
}
inline Var norm_l1(const Var& x, const Axes& axes = {}, bool keep_axes = false) {
  return apply1(norm_l1_op, {x}, {{"axes", axes}, {"keep_axes", keep_axes}});
}
inline Var norm_l2(const Var& x, const Axes& axes = {}, bool keep_axes = false) {
  return apply1(norm_l2_op, {x}, {{"axes", axes}, {"keep_axes", keep_axes}});
}
/// {values, indices}
inline Vars max(const Var& x, std::int64_t axis, bool keep_axis = false) {
  return apply(max_op, std::span(&x, 1), {{"axis", axis}, {"keep_axis", keep_axis}});
}
inline Vars min(const Var& x, std::int64_t axis, bool keep_axis = false) {
  return apply(min_op, std::span(&x, 1), {{"axis", axis}, {"keep_axis", keep_axis}});
}
/// Over all elements: {value, flat index}.
inline Vars max(const Var& x) { return apply(max_op, std::span(&x, 1), {{"keep_axis", false}}); }
inline Vars min(const Var& x) { return apply(min_op, std::span(&x, 1), {{"keep_axis", false}}); }
inline Var argmax(const Var& x, std::int64_t axis, bool keep_axis = false) {
  return apply1(argmax_op, {x}, {{"axis", axis}, {"keep_axis", keep_axis}});
}
inline Var argmin(const Var& x, std::int64_t axis, bool keep_axis = false) {
  return apply1(argmin_op, {x}, {{"axis", axis}, {"keep_axis", keep_axis}});
}
inline Vars sort(const Var& x, std::int64_t axis, bool descending = false) {
  return apply(sort_op, std::span(&x, 1), {{"axis", axis}, {"descending", descending}});
}
inline Vars topk(const Var& x, std::int64_t k, std::int64_t axis, bool largest = true) {
  return apply(topk_op, std::span(&x, 1), {{"k", k}, {"axis", axis}, {"largest", largest}});
}
inline Var softmax(const Var& x, std::int64_t axis) {
  return apply1(softmax_op, {x}, {{"axis", axis}});
}
inline Var log_softmax(const Var& x, std::int64_t axis) {
  return apply1(log_softmax_op, {x}, {{"axis", axis}});
}
inline Var logsumexp(const Var& x, const Axes& axes = {}, bool keep_axes = false) {
  return apply1(logsumexp_op, {x}, {{"axes", axes}, {"keep_axes", keep_axes}});
}
inline Var batch_reduce(const Var& x, LossReduction reduction) {
  return apply1(batch_reduce_op, {x}, {{"reduction", std::string(name_of(reduction))}});
}
inline Var bce_with_logits(const Var& x, const Var& target,
                           LossReduction reduction = LossReduction::mean) {
  return apply1(bce_with_logits_op, {x, target}, {{"reduction", std::string(name_of(reduction))}});
}

// ---- products
inline Var attention(const Var& q, const Var& k, const Var& v, const Var& mask = {},
                     const AttentionOptions& options = {}) {
  return apply1(attention_op, {q, k, v, mask}, {{"scale", options.scale}});
}
inline Var conv2d(const Var& x, const Var& weight, const Var& bias = {},
                  const Conv2dOptions& options = {}) {
  return apply1(conv2d_op, {x, weight, bias}, attrs_of(options));
}
inline Var linear(const Var& x, const Var& weight, const Var& bias = {}) {
  return apply1(linear_op, {x, weight, bias});
}
inline Var matmul(const Var& a, const Var& b, const MatmulOptions& options = {}) {
  return apply1(matmul_op, {a, b},
                {{"transpose_a", options.transpose_a}, {"transpose_b", options.transpose_b}});
}

// ---- shape and index
inline Var reshape(const Var& x, const Shape& shape) {
  return apply1(reshape_op, {x}, {{"shape", Axes(shape.begin(), shape.end())}});
}
inline Var permute(const Var& x, const Axes& order) {
  return apply1(permute_op, {x}, {{"order", order}});
}
inline Var expand(const Var& x, const Shape& shape) {
  return apply1(expand_op, {x}, {{"shape", Axes(shape.begin(), shape.end())}});
}
inline Var slice(const Var& x, std::int64_t axis, std::int64_t begin, std::int64_t end = kToEnd,
                 std::int64_t step = 1) {
  return apply1(slice_op, {x}, {{"axis", axis}, {"begin", begin}, {"end", end}, {"step", step}});
}
inline Var flip(const Var& x, const Axes& axes) { return apply1(flip_op, {x}, {{"axes", axes}}); }
inline Var cat(std::span<const Var> xs, std::int64_t axis) {
  return apply(cat_op, xs, {{"axis", axis}})[0];
}
inline Var cat(std::initializer_list<Var> xs, std::int64_t axis) {
  return cat(std::span(xs.begin(), xs.size()), axis);
}
inline Vars split(const Var& x, const Axes& sizes, std::int64_t axis) {
  return apply(split_op, std::span(&x, 1), {{"sizes", sizes}, {"axis", axis}});
}
inline Var pad(const Var& x, const Axes& before, const Axes& after, PadOptions options = {}) {
  return apply1(pad_op, {x},
                {{"before", before},
                 {"after", after},
                 {"mode", std::string(name_of(options.mode))},
                 {"value", options.value}});
}
inline Var gather(const Var& x, const Var& index, std::int64_t axis) {
  return apply1(gather_op, {x, index}, {{"axis", axis}});
}
inline Var scatter_add(const Var& x, const Var& index, const Var& src, std::int64_t axis) {
  return apply1(scatter_add_op, {x, index, src}, {{"axis", axis}});
}
inline Var index_select(const Var& x, const Var& index, std::int64_t axis) {
  return apply1(index_select_op, {x, index}, {{"axis", axis}});
}
inline Var embedding(const Var& weight, const Var& index) {
  return apply1(embedding_op, {weight, index});
}

// ---- image
inline Var adaptive_avg_pool2d(const Var& x, Pair size) {
  return apply1(adaptive_avg_pool2d_op, {x}, {{"size", Axes{size.h, size.w}}});
}
inline Var affine_grid(const Var& theta, Pair size, bool align_corners = false) {
  return apply1(affine_grid_op, {theta},
                {{"size", Axes{size.h, size.w}}, {"align_corners", align_corners}});
}
inline Var avg_pool2d(const Var& x, Pair kernel, const AvgPool2dOptions& options = {}) {
  return apply1(avg_pool2d_op, {x}, attrs_of(kernel, options));
}
inline Var grid_sample(const Var& x, const Var& grid, const GridSampleOptions& options = {}) {
  return apply1(grid_sample_op, {x, grid}, attrs_of(options));
}
inline Var interpolate_bicubic(const Var& x, Pair size, bool align_corners = false) {
  return apply1(interpolate_bicubic_op, {x},
                {{"size", Axes{size.h, size.w}}, {"align_corners", align_corners}});
}
inline Var interpolate_bicubic_aa(const Var& x, Pair size) {
  return apply1(interpolate_bicubic_aa_op, {x}, {{"size", Axes{size.h, size.w}}});
}
inline Var interpolate_bilinear(const Var& x, Pair size, bool align_corners = false) {
  return apply1(interpolate_bilinear_op, {x},
                {{"size", Axes{size.h, size.w}}, {"align_corners", align_corners}});
}
inline Var interpolate_bilinear_aa(const Var& x, Pair size) {
  return apply1(interpolate_bilinear_aa_op, {x}, {{"size", Axes{size.h, size.w}}});
}
inline Var interpolate_nearest(const Var& x, Pair size) {
  return apply1(interpolate_nearest_op, {x}, {{"size", Axes{size.h, size.w}}});
}
/// The maxima alone; apply(max_pool2d_op, ...) also gives the winners' places.
inline Var max_pool2d(const Var& x, Pair kernel, const MaxPool2dOptions& options = {}) {
  return apply1(max_pool2d_op, {x}, attrs_of(kernel, options));
}
inline Var resize_u8(const Var& x, Pair size, ResizeFilter filter) {
  return apply1(resize_u8_op, {x},
                {{"size", Axes{size.h, size.w}}, {"filter", std::string(name_of(filter))}});
}

// ---- norms and dropout
/// y, batch mean, batch variance (biased).
inline Vars batch_norm(const Var& x, const Var& weight, const Var& bias, double eps = 1e-5) {
  const Var in[] = {x, weight, bias};
  return apply(batch_norm_op, in, {{"eps", eps}});
}
inline Var batch_norm_eval(const Var& x, const Var& mean, const Var& var, const Var& weight,
                           const Var& bias, double eps = 1e-5) {
  return apply1(batch_norm_eval_op, {x, mean, var, weight, bias}, {{"eps", eps}});
}
inline Var dropout(const Var& x, double p, const RandomKey& key) {
  return apply1(dropout_op, {x},
                {{"p", p},
                 {"seed", static_cast<std::int64_t>(key.seed)},
                 {"use", std::string(key.use)},
                 {"draw", std::int64_t{key.draw}}});
}
inline Var layer_norm(const Var& x, std::int64_t axes, const Var& weight, const Var& bias,
                      double eps = 1e-5) {
  return apply1(layer_norm_op, {x, weight, bias}, {{"axes", axes}, {"eps", eps}});
}
inline Var group_norm(const Var& x, std::int64_t groups, const Var& weight, const Var& bias,
                      double eps = 1e-5) {
  return apply1(group_norm_op, {x, weight, bias}, {{"groups", groups}, {"eps", eps}});
}
/// Absent conditions have no part in the formula.
struct GroupNormConditions {
  Var scale_t, shift_t, scale_z;
};
inline Var group_norm_silu(const Var& x, std::int64_t groups, const Var& weight, const Var& bias,
                           const GroupNormConditions& c = {}, double eps = 1e-5, bool silu = true) {
  return apply1(group_norm_silu_op, {x, weight, bias, c.scale_t, c.shift_t, c.scale_z},
                {{"groups", groups}, {"eps", eps}, {"silu", silu}});
}

}  // namespace dact
