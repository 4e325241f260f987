// The layers that networks are made of: parameters plus one operator. Every layer's operator() runs under its module
// path and passes its result through its tap.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "nn/module.hpp"

namespace dact::nn {

/// y = x W^T + b.   x [..., in]   weight [out, in]   bias [out] or absent   y [..., out]
struct Linear : Module {
  Var weight, bias;
  Linear(std::int64_t in, std::int64_t out, bool with_bias = true);
  Var operator()(const Var& x) const;
  void visit(Visitor& v) override;

 protected:
  void fold_own_weights() override;
};

/// Convolution of images.   x [B, C, H, W]   weight [N, C / groups, KH, KW]   y [B, N, OH, OW]
struct Conv2d : Module {
  Var weight, bias;
  Conv2dOptions options;
  Conv2d(std::int64_t in, std::int64_t out, Pair kernel, const Conv2dOptions& options = {},
         bool with_bias = true);
  Var operator()(const Var& x) const;
  void visit(Visitor& v) override;

 protected:
  void fold_own_weights() override;
};

/// 1-D convolution with kernel 1 over [B, C, L] or [B, C, H, W]; its weight keeps the checkpoint's rank 3: [N, C, 1].
struct Conv1x1 : Module {
  Var weight, bias;
  Conv1x1(std::int64_t in, std::int64_t out);
  Var operator()(const Var& x) const;
  void visit(Visitor& v) override;

 protected:
  void fold_own_weights() override;
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

/// Rows of a table.   index i64 [...]   weight [rows, width]   y [..., width]
struct Embedding : Module {
  Var weight;
  Embedding(std::int64_t rows, std::int64_t width);
  Var operator()(const Var& index) const;
  void visit(Visitor& v) override;
};

/// max(x, 0) + a min(x, 0), one `a` per channel (axis 1) or one for all.   weight [C] or [1]
struct PRelu : Module {
  Var weight;
  explicit PRelu(std::int64_t channels = 1);
  Var operator()(const Var& x) const;
  void visit(Visitor& v) override;
};

/// In training drops with probability p; the mask follows from seed, module path and step (NUMERICS.md 9). Evaluation:
/// x itself.
struct Dropout : Module {
  double p;
  std::uint64_t seed = 0;
  std::uint32_t step = 0;  // the training step; set by the trainer before each
  explicit Dropout(double probability) : p(probability) {}
  Var operator()(const Var& x) const;
  void visit(Visitor&) override {}
};

/// Modules of one input, one after the other, under the keys "0", "1", ...; add() takes any callable module.
class Sequential : public Module {
 public:
  template <class M>
  Sequential& add(std::unique_ptr<M> module) {
    steps_.push_back(std::make_unique<Step<M>>(std::move(module)));
    return *this;
  }
  Var operator()(const Var& x) const;
  void visit(Visitor& v) override;

 private:
  struct Any {
    virtual ~Any() = default;
    virtual Var run(const Var& x) const = 0;
    virtual Module& module() = 0;
  };
  template <class M>
  struct Step final : Any {
    std::unique_ptr<M> held;
    explicit Step(std::unique_ptr<M> m) : held(std::move(m)) {}
    Var run(const Var& x) const override { return (*held)(x); }
    Module& module() override { return *held; }
  };
  std::vector<std::unique_ptr<Any>> steps_;
};

/// Attention with projections, over tokens.   query [B, T, width], context [B, S, context_width] (self: the same)
/// mask absent or [B|1, heads|1, T|1, S], added to the scores.   y [B, T, width]
struct MultiHeadAttention : Module {
  Linear to_q, to_k, to_v, to_out;
  std::int64_t heads;
  MultiHeadAttention(std::int64_t width, std::int64_t heads, std::int64_t context_width,
                     bool qkv_bias = false);
  Var operator()(const Var& query, const Var& context, const Var& mask = {}) const;
  void visit(Visitor& v) override;
};

}  // namespace dact::nn
