// Optimisers: gradient descent with momentum, Adam, AdamW. Each step is one fused elementwise pass per parameter, in
// place; + - * / sqrt only, so the bits are the same everywhere.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nn/module.hpp"

namespace dact::nn {

/// Base: the parameters it moves, and its state under the parameters' keys.
class Optimizer {
 public:
  explicit Optimizer(std::vector<Named> parameters);
  virtual ~Optimizer() = default;
  /// One step with the gradients that backward() left. Parameters without a gradient or frozen stay as they are.
  void step(double learning_rate);
  std::int64_t steps() const { return steps_; }
  void zero_grad();
  /// Everything that a resumed run needs: "steps" and "<slot>.<key>" tensors. load: strict, WeightsError.
  StateDict state_dict() const;
  void load_state_dict(const StateDict& state);

 protected:
  /// A zero-initialised f32 tensor per parameter, saved under `name`.
  void add_slot(const std::string& name);
  Tensor& slot(std::size_t which, std::size_t parameter) {
    return slots_[which].tensors[parameter];
  }
  virtual void before_step() {}
  /// Moves parameter i by its gradient; both contiguous f32 on one device.
  virtual void update(std::size_t i, Tensor& parameter, const Tensor& gradient,
                      double learning_rate) = 0;

  /// Corrections of Adam's moments, kept as running products (no pow).
  std::int64_t steps_ = 0;

 private:
  struct Slot {
    std::string name;
    std::vector<Tensor> tensors;
  };
  std::vector<Named> parameters_;
  std::vector<Slot> slots_;
};

/// equation     d = g + weight_decay p;  m = momentum m + d (first step: m = d);  p = p - lr (nesterov ? d + momentum m : m)
/// source       Sutskever et al. 2013, in PyTorch's form (dampening 0)
class Sgd final : public Optimizer {
 public:
  struct Options {
    double momentum = 0, weight_decay = 0;
    bool nesterov = false;
  };
  Sgd(std::vector<Named> parameters, const Options& options);

 private:
  void update(std::size_t i, Tensor& parameter, const Tensor& gradient,
              double learning_rate) override;
  Options options_;
};

/// equation     m = b1 m + (1 - b1) g;  v = b2 v + ((1 - b2) g) g;
///              p = p - (lr / (1 - b1^t)) m / (sqrt(v) / sqrt(1 - b2^t) + eps)
///              Adam: g = g + weight_decay p first; AdamW (decoupled): p = p (1 - lr weight_decay) first
/// order        elementwise, as written, each product and sum rounded; the scalars lr / (1 - b1^t) and sqrt(1 - b2^t) in
///              double, converted once
/// source       Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019, algorithm 2
class Adam : public Optimizer {
 public:
  struct Options {
    double beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
    bool decoupled = false;  // AdamW
  };
  Adam(std::vector<Named> parameters, const Options& options);

 private:
  void before_step() override;
  void update(std::size_t i, Tensor& parameter, const Tensor& gradient,
              double learning_rate) override;
  Options options_;
  double correction1_ = 1, correction2_ = 1;  // 1 - beta^t
};

/// Adam with decoupled weight decay, 0.01 by default.
class AdamW final : public Adam {
 public:
  AdamW(std::vector<Named> parameters, Options options = {.weight_decay = 0.01})
      : Adam(std::move(parameters), decoupled(options)) {}

 private:
  static Options decoupled(Options o) {
    o.decoupled = true;
    return o;
  }
};

/// Scales all gradients so that their global norm is at most max_norm; returns the norm before.
/// equation     norm = sqrt(sum over parameters of (sum of g^2));  g = g min(1, max_norm / (norm + 1e-6))
/// order        NUMERICS.md 4: squares rounded, each parameter by the tree, parts added in the module's order
double clip_grad_norm(const std::vector<Named>& parameters, double max_norm);

/// Exponential moving average of a module's whole state: shadow = decay shadow + (1 - decay) value. Starts as a copy, no
/// bias correction (Preechakul et al. 2022: applied to every state entry after every step).
class Ema {
 public:
  Ema(Module& module, double decay);
  void update();
  const StateDict& shadow() const { return shadow_; }
  void load_state_dict(const StateDict& state);

 private:
  std::vector<Named> source_;
  StateDict shadow_;
  double decay_;
};

// ---- learning rates by step, counted from 0

/// base for every step after a linear rise over `warmup` steps: base (step + 1) / warmup.
double warmup_rate(double base, std::int64_t step, std::int64_t warmup);
/// Half a cosine from base at `warmup` to `floor` at `total`; the rise before it.
/// equation     floor + (base - floor) (1 + cos(pi (step - warmup) / (total - warmup))) / 2   (Loshchilov and Hutter 2017)
double cosine_rate(double base, std::int64_t step, std::int64_t total, std::int64_t warmup = 0,
                   double floor = 0);

}  // namespace dact::nn
