#include "tensor/ops/var/var.hpp"

#include "tensor/ops/add/add.hpp"
#include "tensor/ops/elementwise/elementwise.device.hpp"
#include "tensor/ops/mul/mul.hpp"
#include "tensor/ops/mul_scalar/mul_scalar.hpp"
#include "tensor/ops/reduce/samples.hpp"
#include "tensor/ops/reduce/statistics.hpp"
#include "tensor/ops/sub/sub.hpp"

namespace dact {
namespace var_room {

VarMean run(std::string_view where, const Tensor& x, std::span<const std::int64_t> axes,
            std::int64_t correction, bool keep_axes) {
  require_float(where, "x", x);
  const Reduction r = plan_reduction(where, x, axes, keep_axes);
  if (correction < 0 || r.n <= correction)
    throw ShapeError(
        where,
        "correction must be >= 0 and below the number of elements per result, got correction " +
            std::to_string(correction) + " and " + std::to_string(r.n) +
            " elements per result of " + x.str());
  Statistics s = statistics_of(r);  // fresh: nobody else holds m2
  if (on_device(x)) {
    divide_on_device(s.m2, r.n - correction);
    return {s.m2.reshaped(r.result), s.mean.reshaped(r.result)};
  }
  dispatch_float(where, x, [&]<class T>() {
    T* y = s.m2.mutate<T>();
    const T count = static_cast<T>(r.n - correction);
    for (std::int64_t i = 0; i < s.m2.numel(); ++i) y[i] = y[i] / count;
  });
  return {s.m2.reshaped(r.result), s.mean.reshaped(r.result)};
}

// y = sum (x - m)^2 / (n - c)   =>   dx_i = g 2 (x_i - m) / (n - c); the part through m is
// sum (x - m) = 0
Tensor gradient(const Tensor& g, const Tensor& x, const Tensor& mean, std::int64_t correction) {
  const std::int64_t results = mean.numel(), n = results ? x.numel() / results : 1;
  return mul(sub(x, mean), mul_scalar(g, 2.0 / static_cast<double>(n - correction)));
}

Tensors vjp_var(const VjpCtx& c) {
  const auto& axes = c.attrs.ints("axes");
  const std::int64_t correction = c.attrs.i64("correction");
  const VarMean again = run("var", c.in[0], axes, correction, true);
  return {gradient(c.grad[0].reshaped(again.mean.shape()), c.in[0], again.mean, correction)};
}

// the mean adds g_mean / n to every element
Tensors vjp_var_mean(const VjpCtx& c) {
  const Tensor& x = c.in[0];
  const Shape kept = kept_shape("var_mean", c.in_shapes[0], c.attrs.ints("axes"));
  const Tensor mean = c.out[1].reshaped(kept);
  const std::int64_t results = mean.numel(), n = results ? x.numel() / results : 1;
  const Tensor share = mul_scalar(c.grad[1].reshaped(kept), 1.0 / static_cast<double>(n));
  return {add(gradient(c.grad[0].reshaped(kept), x, mean, c.attrs.i64("correction")), share)};
}

// Mostly unbiased; some of the population.
std::vector<Sample> samples() {
  std::vector<Sample> s = reduction_samples(reduction_uniform, 2, {{"correction", 1}});
  const std::vector<Sample> population =
      reduction_samples(reduction_uniform, 1, {{"correction", 0}});
  for (std::size_t i = 0; i < population.size(); i += 3) {
    s.push_back(population[i]);
    s.back().label += " correction 0";
  }
  return s;
}

std::vector<BadSample> bad_samples(const char* name) {
  std::vector<BadSample> bad = reduction_bad_samples(name, {{"correction", 1}});
  const auto along = [](std::int64_t correction) {
    return Attrs{
        {"axes", std::vector<std::int64_t>{1}}, {"keep_axes", false}, {"correction", correction}};
  };
  bad.push_back({"one element",
                 {InputSpec::uniform({3, 1})},
                 along(1),
                 ErrorKind::shape,
                 {name, "correction 1", "[3, 1]"}});
  bad.push_back(
      {"empty", {InputSpec::uniform({3, 0})}, along(0), ErrorKind::shape, {name, "[3, 0]"}});
  bad.push_back({"negative",
                 {InputSpec::uniform({3, 4})},
                 along(-1),
                 ErrorKind::shape,
                 {name, "correction -1"}});
  return bad;
}

}  // namespace var_room

Tensor var(const Tensor& x, std::span<const std::int64_t> axes, std::int64_t correction,
           bool keep_axes) {
  return var_room::run("var", x, axes, correction, keep_axes).var;
}

VarMean var_mean(const Tensor& x, std::span<const std::int64_t> axes, std::int64_t correction,
                 bool keep_axes) {
  return var_room::run("var_mean", x, axes, correction, keep_axes);
}

const OpDef var_op{
    .name = "var",
    .equation = "y = sum_i (x_i - mean)^2 / (n - correction)",
    .group = OpGroup::reduction,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {var(in[0], a.ints("axes"), a.i64("correction"), a.flag("keep_axes"))};
    },
    .vjp = var_room::vjp_var,
    .samples = var_room::samples,
    .bad_samples = [] { return var_room::bad_samples("var"); },
    .tolerance = {Tolerance::Unit::scaled, 6},
    .cost = reduction_cost<5>,
};

const OpDef var_mean_op{
    .name = "var_mean",
    .equation = "v = sum_i (x_i - m)^2 / (n - correction), m = mean x",
    .group = OpGroup::reduction,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      const VarMean y = var_mean(in[0], a.ints("axes"), a.i64("correction"), a.flag("keep_axes"));
      return {y.var, y.mean};
    },
    .vjp = var_room::vjp_var_mean,
    .saves = Saves::all(),
    .samples = var_room::samples,
    .bad_samples = [] { return var_room::bad_samples("var_mean"); },
    .tolerance = {Tolerance::Unit::scaled, 14},
    .cost = reduction_cost<5>,
};

}  // namespace dact
