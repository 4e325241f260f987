// The layers that networks are made of: parameters plus one operator. Every layer's operator() runs under its module
// path and passes its result through its tap.
#pragma once
#include <cstdint>

#include "nn/module.hpp"

namespace dact::nn {

/// y = x W^T + b.   x [..., in]   weight [out, in]   bias [out] or absent   y [..., out]
struct Linear : Module {
  Var weight, bias;
  Linear(std::int64_t in, std::int64_t out, bool with_bias = true);
  Var operator()(const Var& x) const;
  void visit(Visitor& v) override;
};

/// Convolution of images.   x [B, C, H, W]   weight [N, C / groups, KH, KW]   y [B, N, OH, OW]
struct Conv2d : Module {
  Var weight, bias;
  Conv2dOptions options;
  Conv2d(std::int64_t in, std::int64_t out, Pair kernel, const Conv2dOptions& options = {}, bool with_bias = true);
  Var operator()(const Var& x) const;
  void visit(Visitor& v) override;
};

/// 1-D convolution with kernel 1 over [B, C, L] or [B, C, H, W]; its weight keeps the checkpoint's rank 3: [N, C, 1].
struct Conv1x1 : Module {
  Var weight, bias;
  Conv1x1(std::int64_t in, std::int64_t out);
  Var operator()(const Var& x) const;
  void visit(Visitor& v) override;
};

/// Group normalisation.   x [B, C, ...]   weight, bias [C]
struct GroupNorm : Module {
  Var weight, bias;
  std::int64_t groups;
  double eps;
  GroupNorm(std::int64_t groups, std::int64_t channels, double eps = 1e-5);
  Var operator()(const Var& x) const;
  /// Normalise, affine, conditions and SiLU in one pass (group_norm_silu).
  Var silu(const Var& x, const GroupNormConditions& conditions = {}) const;
  void visit(Visitor& v) override;
};

}  // namespace dact::nn
