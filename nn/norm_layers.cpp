#include "nn/norm_layers.hpp"

#include "tensor/ops/add/add.hpp"
#include "tensor/ops/add_scalar/add_scalar.hpp"
#include "tensor/ops/mul_scalar/mul_scalar.hpp"

namespace dact::nn {
LayerNorm::LayerNorm(const Shape& normalized, double e)
    : weight(parameter(normalized, 1)), bias(parameter(normalized, 0)), eps(e) {}
Var LayerNorm::operator()(const Var& x) const {
  const PathScope scope(path());
  return tap_point(path(), layer_norm(x, weight.shape().rank(), weight, bias, eps));
}
void LayerNorm::visit(Visitor& v) {
  v.param("weight", weight);
  v.param("bias", bias);
}

BatchNorm::BatchNorm(std::int64_t channels, double e, double m)
    : weight(parameter({channels}, 1)),
      bias(parameter({channels}, 0)),
      running_mean(zeros({channels})),
      running_var(full({channels}, 1)),
      num_batches_tracked(scalar(0, DType::i64)),
      eps(e),
      momentum(m) {}

Var BatchNorm::operator()(const Var& x) const {
  const PathScope scope(path());
  if (!training())
    return tap_point(path(), batch_norm_eval(x, running_mean, running_var, weight, bias, eps));
  const Vars y = batch_norm(x, weight, bias, eps);
  if (!is_recomputing()) track(y[1].value(), y[2].value(), x.value().numel() / x.size(1));
  return tap_point(path(), y[0]);
}

void BatchNorm::track(const Tensor& mean, const Tensor& var, std::int64_t values) const {
  const double unbiased =
      values > 1 ? static_cast<double>(values) / static_cast<double>(values - 1) : 1;
  const auto move = [&](Var running, const Tensor& batch) {
    running.set_value(add(mul_scalar(running.value(), 1 - momentum), mul_scalar(batch, momentum)));
  };
  move(running_mean, mean);
  move(running_var, mul_scalar(var, unbiased));
  Var count = num_batches_tracked;
  count.set_value(scalar(count.item() + 1, DType::i64).to(count.value().device()));
}

void BatchNorm::visit(Visitor& v) {
  v.param("weight", weight);
  v.param("bias", bias);
  v.buffer("running_mean", running_mean);
  v.buffer("running_var", running_var);
  v.buffer("num_batches_tracked", num_batches_tracked);
}

}  // namespace dact::nn
