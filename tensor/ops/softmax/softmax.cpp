#include "tensor/ops/softmax/softmax.hpp"

#include "tensor/isa.hpp"
#include "tensor/ops/exp/exp.hpp"
#include "tensor/ops/mul/mul.hpp"
#include "tensor/ops/reduce/axes.hpp"
#include "tensor/ops/reduce/reduce.device.hpp"
#include "tensor/ops/reduce/rows.hpp"
#include "tensor/ops/reduce/samples.hpp"
#include "tensor/ops/softmax/softmax.kernels.hpp"
#include "tensor/ops/sub/sub.hpp"

namespace dact {

Tensor softmax(const Tensor& x, std::int64_t axis) {
  require_float("softmax", "x", x);
  if (on_device(x)) return softmax_on_device(x, require_axis("softmax", x, axis), false);
  return along_rows("softmax", x, {}, require_axis("softmax", x, axis), DACT_PICK(softmax_row_f32),
                    softmax_row<double>, DACT_PICK(softmax_columns_f32));
}

Tensor log_softmax(const Tensor& x, std::int64_t axis) {
  require_float("log_softmax", "x", x);
  if (on_device(x)) return softmax_on_device(x, require_axis("log_softmax", x, axis), true);
  return along_rows("log_softmax", x, {}, require_axis("log_softmax", x, axis),
                    DACT_PICK(log_softmax_row_f32), log_softmax_row<double>);
}

Tensor logsumexp(const Tensor& x, std::span<const std::int64_t> axes, bool keep_axes) {
  require_float("logsumexp", "x", x);
  const Reduction r = plan_reduction("logsumexp", x, axes, keep_axes);
  if (r.n == 0)
    throw ShapeError("logsumexp", "there must be at least one element per result, got " + x.str());
  if (on_device(x)) return logsumexp_on_device(r);
  return reduce_rows("logsumexp", r.x, DACT_PICK(logsumexp_row_f32), logsumexp_row<double>)
      .reshaped(r.result);
}

namespace softmax_room {

int axis_of(const VjpCtx& c) { return require_axis("softmax", c.out[0], c.attrs.i64("axis")); }

// y_i = e_i / Z      =>   dy_i/dx_j = y_i (delta_ij - y_j)
// dx_j = sum_i g_i y_i (delta_ij - y_j) = y_j (g_j - <g, y>)        the Jacobian is symmetric
Tensors softmax_vjp(const VjpCtx& c) {
  if (on_device(c.out[0]))
    return {softmax_gradient_on_device(c.out[0], c.grad[0], axis_of(c), false)};
  return {along_rows("softmax", c.out[0], c.grad[0], axis_of(c), DACT_PICK(softmax_grad_row_f32),
                     softmax_grad_row<double>)};
}

// y_i = x_i - log Z  =>   dy_i/dx_j = delta_ij - p_j,  p = exp y
// dx_j = g_j - p_j sum_i g_i
Tensors log_softmax_vjp(const VjpCtx& c) {
  if (on_device(c.out[0]))
    return {softmax_gradient_on_device(c.out[0], c.grad[0], axis_of(c), true)};
  return {along_rows("log_softmax", c.out[0], c.grad[0], axis_of(c),
                     DACT_PICK(log_softmax_grad_row_f32), log_softmax_grad_row<double>)};
}

// y = log sum exp x  =>   dx_i = g exp(x_i - y)
Tensors logsumexp_vjp(const VjpCtx& c) {
  const Shape kept = kept_shape("logsumexp", c.in_shapes[0], c.attrs.ints("axes"));
  return {mul(exp(sub(c.in[0], c.out[0].reshaped(kept))), c.grad[0].reshaped(kept))};
}

std::vector<Sample> samples() {
  std::vector<Sample> s;
  const auto add = [&](std::string label, InputSpec x, int axis) {
    s.push_back({label + x.shape.str() + " axis " + std::to_string(axis), {x}, {{"axis", axis}}});
  };
  const auto x = [](Shape shape) { return InputSpec::uniform(shape, -4, 4); };
  add("", x({3, 5}), 1);
  add("", x({2, 17}), -1);
  add("", x({2, 5, 3}), 1);
  add("", x({2, 3, 2, 3}), 1);
  add("", x({2, 2, 3, 2, 2}), 3);
  add("one each ", x({3, 1}), 1);
  add("empty ", x({2, 0}), 1);
  add("empty ", x({0, 3}), 1);
  add("along samples ", x({7, 3}).shared(), 0);
  // no gradient: y (1 - y) of a y next to 1 has lost its digits in any order of operations
  add("far apart ", InputSpec::uniform({2, 6}, -90, 90).fixed(), 1);
  add("large ", x({3, 2501}), 1);
  add("large ", x({2, 333, 37}), 1);
  add("large ", x({2, 5, 33, 37}), 1);
  return s;
}

std::vector<BadSample> bad_samples(const char* name) {
  using S = InputSpec;
  const auto along = [](int axis) { return Attrs{{"axis", axis}}; };
  return {
      {"axis", {S::uniform({2, 3})}, along(2), ErrorKind::shape, {name, "axis 2", "[2, 3]"}},
      {"scalar", {S::uniform({})}, along(0), ErrorKind::shape, {name, "axis 0", "[]"}},
      {"integer x", {S::integers({2, 3}, 0, 5)}, along(1), ErrorKind::dtype, {name, "i64[2, 3]"}},
      {"no x", {S::absent()}, along(0), ErrorKind::usage, {name, "none"}}};
}

std::vector<BadSample> logsumexp_bad() {
  std::vector<BadSample> bad = reduction_bad_samples("logsumexp");
  bad.push_back({"empty",
                 {InputSpec::uniform({3, 0})},
                 {{"axes", std::vector<std::int64_t>{1}}, {"keep_axes", false}},
                 ErrorKind::shape,
                 {"logsumexp", "[3, 0]"}});
  return bad;
}

template <int flops, int passes>
Cost cost(std::span<const Tensor> in, std::span<const Tensor>, const Attrs&) {
  const auto n = static_cast<double>(in[0].numel());
  return {flops * n, passes * static_cast<double>(size_of(in[0].dtype())) * n};
}

}  // namespace softmax_room

const OpDef softmax_op{
    .name = "softmax",
    .equation = "y_i = exp(x_i - m) / sum_j exp(x_j - m), m = max_j x_j",
    .group = OpGroup::reduction,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {softmax(in[0], a.i64("axis"))};
    },
    .vjp = softmax_room::softmax_vjp,
    .saves = {.inputs = 0, .outputs = 1},
    .samples = softmax_room::samples,
    .bad_samples = [] { return softmax_room::bad_samples("softmax"); },
    .tolerance = {Tolerance::Unit::scaled, 6},
    .cost = softmax_room::cost<20, 2>,
};

const OpDef log_softmax_op{
    .name = "log_softmax",
    .equation = "y_i = (x_i - m) - log sum_j exp(x_j - m), m = max_j x_j",
    .group = OpGroup::reduction,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {log_softmax(in[0], a.i64("axis"))};
    },
    .vjp = softmax_room::log_softmax_vjp,
    .saves = {.inputs = 0, .outputs = 1},
    .samples = softmax_room::samples,
    .bad_samples = [] { return softmax_room::bad_samples("log_softmax"); },
    .tolerance = {Tolerance::Unit::scaled, 3},
    .cost = softmax_room::cost<18, 2>,
};

const OpDef logsumexp_op{
    .name = "logsumexp",
    .equation = "y = m + log sum_i exp(x_i - m), m = max_i x_i",
    .group = OpGroup::reduction,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {logsumexp(in[0], a.ints("axes"), a.flag("keep_axes"))};
    },
    .vjp = softmax_room::logsumexp_vjp,
    .saves = Saves::all(),
    .samples = [] { return reduction_samples(reduction_uniform, 1); },
    .bad_samples = softmax_room::logsumexp_bad,
    .tolerance = {Tolerance::Unit::scaled, 3},
    .cost = reduction_cost<17>,
};

}  // namespace dact
