#include "nn/optim/optimizer.hpp"

#include <algorithm>
#include <cmath>

#include "tensor/device.hpp"
#include "tensor/error.hpp"
#include "tensor/hostmath.hpp"
#include "tensor/ops/elementwise/updates.cuda.hpp"
#include "tensor/ops/mul_scalar/mul_scalar.hpp"
#include "tensor/ops/square/square.hpp"
#include "tensor/ops/sum/sum.hpp"
#include "tensor/parallel.hpp"

namespace dact::nn {
namespace {

constexpr std::int64_t kGrain = 1 << 14;  // elements worth handing to another thread

const float* readable(const Tensor& x) {
  return on_device(x) ? device_data<float>(x) : x.data<float>();
}
float* writable(Tensor& x) { return on_device(x) ? device_mutate<float>(x) : x.mutate<float>(); }

/// The kernel at every element of x, on x's device: one source for both.
template <class K>
void each_element(const char* name, const Tensor& x, const K& kernel) {
  if (on_device(x)) return cuda::launch(name, x.numel(), kernel);
  parallel_ranges(x.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) kernel(k);
  });
}

}  // namespace

// ---- base

Optimizer::Optimizer(std::vector<Named> parameters) : parameters_(std::move(parameters)) {
  for (const Named& p : parameters_) require_dtype("optimizer", p.key, p.var.value(), DType::f32);
}

void Optimizer::add_slot(const std::string& name) {
  Slot s{name, {}};
  for (const Named& p : parameters_)
    s.tensors.push_back(zeros(p.var.shape(), DType::f32, p.var.value().device()));
  slots_.push_back(std::move(s));
}

void Optimizer::step(double learning_rate) {
  ++steps_;
  before_step();
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Var& v = parameters_[i].var;
    if (!v.requires_grad() || !v.grad().defined()) continue;
    Tensor p = v.value();
    if (!p.is_contiguous())
      throw UsageError("optimizer",
                       "parameters must be contiguous, got " + parameters_[i].key + " " + p.str());
    const Tensor g = v.grad().contiguous();
    require_one_device("optimizer", {&p, &g});
    update(i, p, g, learning_rate);
  }
}

void Optimizer::zero_grad() {
  for (Named& p : parameters_) p.var.zero_grad();
}

StateDict Optimizer::state_dict() const {
  StateDict out{{"steps", scalar(static_cast<double>(steps_), DType::i64)}};
  for (const Slot& s : slots_)
    for (std::size_t i = 0; i < parameters_.size(); ++i)
      out[s.name + "." + parameters_[i].key] = s.tensors[i].clone();
  return out;
}

void Optimizer::load_state_dict(const StateDict& state) {
  const StateDict own = state_dict();
  std::string faults;
  for (const auto& [key, tensor] : own) {
    const auto it = state.find(key);
    if (it == state.end())
      faults += "\n    missing " + key;
    else if (!(it->second.shape() == tensor.shape()) || it->second.dtype() != tensor.dtype())
      faults += "\n    " + key + " must be " + tensor.str() + ", got " + it->second.str();
  }
  for (const auto& [key, tensor] : state)
    if (!own.contains(key)) faults += "\n    unexpected " + key;
  if (!faults.empty())
    throw WeightsError("optimizer", "the state must fit the parameters, got" + faults);
  steps_ = static_cast<std::int64_t>(state.at("steps").item());
  for (Slot& s : slots_)
    for (std::size_t i = 0; i < parameters_.size(); ++i)
      s.tensors[i] = state.at(s.name + "." + parameters_[i].key)
                         .contiguous()
                         .clone()
                         .to(parameters_[i].var.value().device());
}

// ---- SGD

Sgd::Sgd(std::vector<Named> parameters, const Options& options)
    : Optimizer(std::move(parameters)), options_(options) {
  if (options.momentum != 0) add_slot("momentum");
}

void Sgd::update(std::size_t i, Tensor& parameter, const Tensor& gradient, double learning_rate) {
  const auto lr = static_cast<float>(learning_rate),
             decay = static_cast<float>(options_.weight_decay);
  const auto momentum = static_cast<float>(options_.momentum);
  const bool decays = options_.weight_decay != 0, nesterov = options_.nesterov, first = steps_ == 1;
  Tensor* m = options_.momentum != 0 ? &slot(0, i) : nullptr;
  each_element("sgd", parameter,
               cuda::SgdKernel{writable(parameter), readable(gradient), m ? writable(*m) : nullptr,
                               lr, decay, momentum, decays, nesterov, first});
}

// ---- Adam, AdamW

Adam::Adam(std::vector<Named> parameters, const Options& options)
    : Optimizer(std::move(parameters)), options_(options) {
  add_slot("exp_avg");
  add_slot("exp_avg_sq");
}

void Adam::before_step() {
  double power1 = 1, power2 = 1;  // products in ascending order: a resumed run gets the same bits
  for (std::int64_t t = 0; t < steps_; ++t) {
    power1 *= options_.beta1;
    power2 *= options_.beta2;
    if (power1 == 0 && power2 == 0) break;
  }
  correction1_ = 1 - power1;
  correction2_ = 1 - power2;
}

void Adam::update(std::size_t i, Tensor& parameter, const Tensor& gradient, double learning_rate) {
  const auto b1 = static_cast<float>(options_.beta1), c1 = static_cast<float>(1 - options_.beta1);
  const auto b2 = static_cast<float>(options_.beta2), c2 = static_cast<float>(1 - options_.beta2);
  const auto rate = static_cast<float>(learning_rate / correction1_);
  const auto root = static_cast<float>(std::sqrt(correction2_)),
             eps = static_cast<float>(options_.eps);
  const bool decoupled = options_.decoupled, decays = options_.weight_decay != 0;
  const auto decay = static_cast<float>(options_.weight_decay);
  const auto keep = static_cast<float>(1 - learning_rate * options_.weight_decay);
  each_element("adam", parameter,
               cuda::AdamKernel{writable(parameter), readable(gradient), writable(slot(0, i)),
                                writable(slot(1, i)), b1, c1, b2, c2, rate, root, eps, decay, keep,
                                decays, decoupled});
}

// ---- clipping, EMA, rates

double clip_grad_norm(const std::vector<Named>& parameters, double max_norm) {
  float total = 0;
  for (const Named& p : parameters)
    if (p.var.grad().defined())
      total = total + static_cast<float>(sum(square(p.var.grad())).item());
  const double norm = std::sqrt(static_cast<double>(total));
  const double scale = max_norm / (norm + 1e-6);
  if (scale < 1)
    for (Named p : parameters)
      if (p.var.grad().defined()) p.var.set_grad(mul_scalar(p.var.grad(), scale));
  return norm;
}

Ema::Ema(Module& module, double decay) : source_(state(module)), decay_(decay) {
  for (const Named& p : source_) shadow_[p.key] = p.var.value().contiguous().clone();
}

void Ema::update() {
  const auto keep = static_cast<float>(decay_), take = static_cast<float>(1 - decay_);
  for (const Named& p : source_) {
    Tensor& s = shadow_[p.key];
    if (p.var.dtype() != DType::f32) {  // counters: the value itself
      s = p.var.value().clone();
      continue;
    }
    const Tensor value = p.var.value().contiguous();
    each_element("ema", s, cuda::EmaKernel{writable(s), readable(value), keep, take});
  }
}

void Ema::load_state_dict(const StateDict& state) {
  for (auto& [key, tensor] : shadow_) {
    const auto it = state.find(key);
    if (it == state.end() || !(it->second.shape() == tensor.shape()) ||
        it->second.dtype() != tensor.dtype())
      throw WeightsError("ema", key + " must be " + tensor.str() + ", got " +
                                    (it == state.end() ? "nothing" : it->second.str()));
  }
  for (auto& [key, tensor] : shadow_)
    tensor = state.at(key).contiguous().clone().to(tensor.device());
}

double warmup_rate(double base, std::int64_t step, std::int64_t warmup) {
  return step >= warmup ? base : base * static_cast<double>(step + 1) / static_cast<double>(warmup);
}

double cosine_rate(double base, std::int64_t step, std::int64_t total, std::int64_t warmup,
                   double floor) {
  if (step < warmup) return warmup_rate(base, step, warmup);
  if (step >= total) return floor;
  constexpr double kPi = 3.14159265358979323846;
  const double part = static_cast<double>(step - warmup) / static_cast<double>(total - warmup);
  return floor + (base - floor) * (1 + hostmath::cos(kPi * part)) / 2;
}

}  // namespace dact::nn
