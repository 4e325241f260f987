// Norms with parameters of their own beside GroupNorm (layers.hpp).
#pragma once
#include "nn/module.hpp"

namespace dact::nn {

/// Over the last axes of x.   weight, bias: the shape of those axes
struct LayerNorm : Module {
  Var weight, bias;
  double eps;
  explicit LayerNorm(const Shape& normalized, double eps = 1e-5);
  Var operator()(const Var& x) const;
  void visit(Visitor& v) override;
};

/// BatchNorm1d and BatchNorm2d of the checkpoints: x [B, C] or [B, C, ...]. In training it normalises by the batch and
/// moves the running statistics, r = (1 - momentum) r + momentum batch (variance unbiased, n / (n - 1)); a checkpoint
/// region that runs again does not move them twice. In evaluation it uses them.
struct BatchNorm : Module {
  Var weight, bias, running_mean, running_var, num_batches_tracked;
  double eps, momentum;
  explicit BatchNorm(std::int64_t channels, double eps = 1e-5, double momentum = 0.1);
  Var operator()(const Var& x) const;
  void visit(Visitor& v) override;

 private:
  void track(const Tensor& mean, const Tensor& var, std::int64_t values) const;
};

}  // namespace dact::nn
