// Every operator as a function of Vars: the index of what there is. Formula, errors and order stand in the room's header,
// tensor/ops/<op>/<op>.hpp; composites (built from these) are declared in autograd/composite/.
#pragma once
#include <initializer_list>
#include <span>
#include <vector>

#include "autograd/var.hpp"

// ---- elementwise
#include "tensor/ops/add/add.hpp"
#include "tensor/ops/mul/mul.hpp"
#include "tensor/ops/silu/silu.hpp"

// ---- reductions, softmax, losses
#include "tensor/ops/sum/sum.hpp"

// ---- products
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

// ---- norms and dropout
#include "tensor/ops/group_norm/group_norm.hpp"

namespace dact {

using Axes = std::vector<std::int64_t>;

// ---- elementwise
inline Var add(const Var& a, const Var& b) { return apply1(add_op, {a, b}); }
inline Var mul(const Var& a, const Var& b) { return apply1(mul_op, {a, b}); }
inline Var silu(const Var& x) { return apply1(silu_op, {x}); }

// ---- reductions, softmax, losses
inline Var sum(const Var& x, const Axes& axes = {}, bool keep_axes = false) {
  return apply1(sum_op, {x}, {{"axes", axes}, {"keep_axes", keep_axes}});
}

// ---- products
inline Var conv2d(const Var& x, const Var& weight, const Var& bias = {}, const Conv2dOptions& options = {}) {
  return apply1(conv2d_op, {x, weight, bias}, attrs_of(options));
}
inline Var linear(const Var& x, const Var& weight, const Var& bias = {}) {
  return apply1(linear_op, {x, weight, bias});
}
inline Var matmul(const Var& a, const Var& b, const MatmulOptions& options = {}) {
  return apply1(matmul_op, {a, b}, {{"transpose_a", options.transpose_a}, {"transpose_b", options.transpose_b}});
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

// ---- norms and dropout
inline Var group_norm(const Var& x, std::int64_t groups, const Var& weight, const Var& bias, double eps = 1e-5) {
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
