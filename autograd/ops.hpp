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

// ---- image
#include "tensor/ops/adaptive_avg_pool2d/adaptive_avg_pool2d.hpp"
#include "tensor/ops/avg_pool2d/avg_pool2d.hpp"
#include "tensor/ops/max_pool2d/max_pool2d.hpp"

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

// ---- image
inline Var adaptive_avg_pool2d(const Var& x, Pair size) {
  return apply1(adaptive_avg_pool2d_op, {x}, {{"size", Axes{size.h, size.w}}});
}
inline Var avg_pool2d(const Var& x, Pair kernel, const AvgPool2dOptions& options = {}) {
  return apply1(avg_pool2d_op, {x}, attrs_of(kernel, options));
}
/// The maxima alone; apply(max_pool2d_op, ...) also gives the winners' places.
inline Var max_pool2d(const Var& x, Pair kernel, const MaxPool2dOptions& options = {}) {
  return apply1(max_pool2d_op, {x}, attrs_of(kernel, options));
}
#include "tensor/ops/adaptive_avg_pool2d/adaptive_avg_pool2d.hpp"
#include "tensor/ops/avg_pool2d/avg_pool2d.hpp"
#include "tensor/ops/max_pool2d/max_pool2d.hpp"

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
