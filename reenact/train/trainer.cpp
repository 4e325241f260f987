#include "reenact/train/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "nn/layers.hpp"
#include "reenact/train/artefact.hpp"
#include "tensor/error.hpp"

namespace dact::train {
namespace {

// While alive the module holds the moving average's weights.
class AverageScope {
 public:
  AverageScope(nn::Module& module, const nn::Ema* ema) : named_(nn::state(module)) {
    if (ema == nullptr) return;
    for (nn::Named& n : named_) {
      before_.push_back(n.var.value());
      n.var.set_value(ema->shadow().at(n.key));
    }
  }
  ~AverageScope() {
    for (std::size_t i = 0; i < before_.size(); ++i) named_[i].var.set_value(before_[i]);
  }
  AverageScope(const AverageScope&) = delete;
  AverageScope& operator=(const AverageScope&) = delete;

 private:
  std::vector<nn::Named> named_;
  Tensors before_;
};

// Every dropout layer draws anew for each micro-batch.
void set_dropout(nn::Module& module, std::uint64_t seed, std::int64_t draw) {
  struct Walk final : nn::Visitor {
    std::uint64_t seed = 0;
    std::uint32_t draw = 0;
    void on_param(const std::string&, Var&) override {}
    void on_module(const std::string&, nn::Module& m) override {
      if (auto* dropout = dynamic_cast<nn::Dropout*>(&m)) {
        dropout->seed = seed;
        dropout->step = draw;
      }
    }
  } walk;
  walk.seed = seed;
  walk.draw = static_cast<std::uint32_t>(draw);
  module.visit(walk);
}

// Adds a part's terms, weighted by its share of the batch.
void accumulate(std::vector<Term>& sum, const std::vector<Term>& part, double share) {
  for (const Term& t : part) {
    const auto same =
        std::find_if(sum.begin(), sum.end(), [&](const Term& s) { return s.name == t.name; });
    if (same == sum.end())
      sum.push_back({t.name, t.weight, t.value * share});
    else
      same->value += t.value * share;
  }
}

template <class T>
T number_of(const std::map<std::string, std::string>& metadata, const std::string& key) {
  const auto it = metadata.find(key);
  T value{};
  const bool found =
      it != metadata.end() &&
      std::from_chars(it->second.data(), it->second.data() + it->second.size(), value).ec ==
          std::errc();
  if (!found)
    throw WeightsError("checkpoint", "metadata must hold the number " + key + ", got none");
  return value;
}

}  // namespace

Trainer::Trainer(Recipe& recipe, Plan plan, TrainListener& listener, const CheckpointFolder* folder)
    : recipe_(recipe),
      plan_(std::move(plan)),
      listener_(listener),
      folder_(folder),
      parameters_(nn::parameters(recipe.trained())),
      paces_(plan_.phases.size()),
      gate_judged_(plan_.gates.size()) {
  require_sound(plan_);
  if (plan_.ema > 0) ema_ = std::make_unique<nn::Ema>(recipe_.trained(), plan_.ema);
  begin_phase(0, true);
}

Trainer::~Trainer() = default;

void Trainer::begin_phase(std::int64_t phase, bool fresh) {
  phase_ = phase;
  if (fresh) phase_pictures_ = 0;
  recipe_.begin_phase(phase);
  optimizer_ = std::make_unique<nn::AdamW>(parameters_,
                                           nn::Adam::Options{.weight_decay = plan_.weight_decay});
}

void Trainer::tick() {
  const double now = listener_.now();
  paces_[static_cast<std::size_t>(phase_)].seconds += now - last_tick_;
  last_tick_ = now;
}

double Trainer::seconds() const {
  double sum = 0;
  for (const Pace& p : paces_) sum += p.seconds;
  return sum;
}

double Trainer::run_progress() const {
  double sum = 0;
  for (std::size_t i = 0; i < paces_.size(); ++i) sum += progress(paces_[i], plan_.phases[i]);
  return sum / static_cast<double>(paces_.size());
}

StepRecord Trainer::take_step() {
  const Phase& phase = plan_.phases[static_cast<std::size_t>(phase_)];
  Pace& pace = paces_[static_cast<std::size_t>(phase_)];
  StepRecord record;
  record.phase = phase.name;
  record.rate = dact::train::rate(pace, phase, plan_.warmup);
  nn::zero_grad(recipe_.trained());
  const std::int64_t parts = (phase.batch + plan_.micro_batch - 1) / plan_.micro_batch;
  for (std::int64_t k = 0; k < parts; ++k) {
    const MicroBatch part{step_, phase_, k * plan_.micro_batch,
                          std::min(plan_.micro_batch, phase.batch - k * plan_.micro_batch)};
    const double share = static_cast<double>(part.count) / static_cast<double>(phase.batch);
    set_dropout(recipe_.trained(), plan_.seed, step_ * parts + k);
    const Loss loss = recipe_.loss(part);
    backward(mul_scalar(loss.total, share));
    record.loss += loss.total.item() * share;
    accumulate(record.terms, loss.terms, share);
  }
  record.gradient_norm = nn::clip_grad_norm(parameters_, plan_.clip > 0 ? plan_.clip : HUGE_VAL);
  if (!std::isfinite(record.loss) || !std::isfinite(record.gradient_norm))
    throw NumericError(
        "train", fmt::format("loss and gradient of step {} must be finite, got {}, {}", step_ + 1,
                             record.loss, record.gradient_norm));
  optimizer_->step(record.rate);
  if (ema_) ema_->update();
  ++step_;
  ++pace.done;
  pictures_ += phase.batch;
  phase_pictures_ += phase.batch;
  record.step = step_;
  record.pictures = pictures_;
  return record;
}

bool Trainer::evaluation_is_due(std::int64_t before) const {
  return plan_.evaluate_every > 0 &&
         before / plan_.evaluate_every != pictures_ / plan_.evaluate_every;
}

Metrics Trainer::evaluate(const StepRecord& record) {
  const AverageScope average(recipe_.trained(), ema_.get());
  nn::set_training(recipe_.trained(), false);
  const NoGrad no_grad;
  const Metrics metrics = recipe_.evaluate();
  listener_.evaluated(record, metrics, recipe_.grid());
  nn::set_training(recipe_.trained(), true);
  return metrics;
}

bool Trainer::gates_hold(const Metrics& metrics) {
  if (phase_ + 1 != static_cast<std::int64_t>(plan_.phases.size())) return true;
  bool hold = true;
  for (std::size_t i = 0; i < plan_.gates.size(); ++i) {
    const Plan::Gate& gate = plan_.gates[i];
    if (gate_judged_[i] || phase_pictures_ < gate.pictures) continue;
    gate_judged_[i] = true;
    for (const auto& [name, value] : metrics)
      if (name == gate.metric && !(value >= gate.least)) {
        listener_.remark(fmt::format("gate: {} must be at least {} after {} pictures, got {:.4g}",
                                     name, gate.least, gate.pictures, value));
        hold = false;
      }
  }
  return hold;
}

void Trainer::save() {
  if (folder_ == nullptr) return;
  listener_.saved(folder_->save(step_, state(), metadata()), digest());
}

Outcome Trainer::run() {
  nn::set_training(recipe_.trained(), true);
  last_tick_ = listener_.now();
  const auto phases = static_cast<std::int64_t>(plan_.phases.size());
  while (true) {
    Pace& pace = paces_[static_cast<std::size_t>(phase_)];
    settle(pace, plan_.phases[static_cast<std::size_t>(phase_)]);
    if (finished(pace)) {
      if (phase_ + 1 == phases) return Outcome::finished;
      begin_phase(phase_ + 1, true);
      continue;
    }
    const std::int64_t before = pictures_;
    const double began = listener_.now();
    StepRecord record = take_step();
    tick();
    settle(pace, plan_.phases[static_cast<std::size_t>(phase_)]);
    record.seconds = seconds();
    record.progress = run_progress();
    record.pictures_per_second =
        static_cast<double>(pictures_ - before) / std::max(1e-9, listener_.now() - began);
    const bool last = finished(pace) && phase_ + 1 == phases;
    const bool stop = !last && listener_.stop();
    if (step_ == 1 || step_ % plan_.log_every == 0 || last || stop) listener_.stepped(record);
    bool hold = true;
    if (last || (!stop && evaluation_is_due(before))) {
      hold = gates_hold(evaluate(record));
      tick();
    }
    if (last || stop || !hold || step_ % plan_.save_every == 0) {
      save();
      tick();
    }
    if (stop) return Outcome::stopped;
    if (!hold) return Outcome::gate_failed;
  }
}

// ---- state

std::map<std::string, Tensor> Trainer::state() const {
  std::map<std::string, Tensor> all;
  const auto add = [&](const std::string& prefix, const nn::StateDict& part) {
    for (const auto& [key, tensor] : part) all[prefix + key] = tensor.to(Device::cpu);
  };
  add("model.", nn::state_dict(recipe_.trained()));
  add("optim.", optimizer_->state_dict());
  if (ema_) add("ema.", ema_->shadow());
  return all;
}

std::map<std::string, std::string> Trainer::metadata() const {
  std::map<std::string, std::string> m{{"recipe", recipe_.name()},
                                       {"step", std::to_string(step_)},
                                       {"pictures", std::to_string(pictures_)},
                                       {"phase", std::to_string(phase_)},
                                       {"phase_pictures", std::to_string(phase_pictures_)},
                                       {"seed", std::to_string(plan_.seed)},
                                       {"digest", digest()}};
  for (std::size_t i = 0; i < paces_.size(); ++i) {
    m[fmt::format("pace.{}.done", i)] = std::to_string(paces_[i].done);
    m[fmt::format("pace.{}.length", i)] = std::to_string(paces_[i].length);
    m[fmt::format("pace.{}.seconds", i)] = fmt::format("{}", paces_[i].seconds);
  }
  for (std::size_t i = 0; i < gate_judged_.size(); ++i)
    m[fmt::format("gate.{}", i)] = gate_judged_[i] ? "1" : "0";
  m.insert(notes_.begin(), notes_.end());
  return m;
}

void Trainer::restore(const TensorFile& file) {
  const auto recipe = file.metadata.find("recipe");
  if (recipe == file.metadata.end() || recipe->second != recipe_.name())
    throw WeightsError("checkpoint",
                       fmt::format("recipe must be {}, got {}", recipe_.name(),
                                   recipe == file.metadata.end() ? "none" : recipe->second));
  if (number_of<std::uint64_t>(file.metadata, "seed") != plan_.seed)
    throw WeightsError(
        "checkpoint", fmt::format("seed must be {}, got {}", plan_.seed, file.metadata.at("seed")));
  const auto part = [&](const std::string& prefix) {
    nn::StateDict out;
    for (const auto& [key, tensor] : file.tensors)
      if (key.starts_with(prefix)) out[key.substr(prefix.size())] = tensor;
    return out;
  };
  const auto phase = number_of<std::int64_t>(file.metadata, "phase");
  if (phase < 0 || phase >= static_cast<std::int64_t>(plan_.phases.size()))
    throw WeightsError(
        "checkpoint", fmt::format("phase must lie in [0, {}), got {}", plan_.phases.size(), phase));
  nn::load_state_dict(recipe_.trained(), part("model."));
  begin_phase(phase, false);
  optimizer_->load_state_dict(part("optim."));
  if (ema_) ema_->load_state_dict(part("ema."));
  step_ = number_of<std::int64_t>(file.metadata, "step");
  pictures_ = number_of<std::int64_t>(file.metadata, "pictures");
  phase_pictures_ = number_of<std::int64_t>(file.metadata, "phase_pictures");
  for (std::size_t i = 0; i < paces_.size(); ++i)
    paces_[i] = {number_of<std::int64_t>(file.metadata, fmt::format("pace.{}.done", i)),
                 number_of<std::int64_t>(file.metadata, fmt::format("pace.{}.length", i)),
                 number_of<double>(file.metadata, fmt::format("pace.{}.seconds", i))};
  for (std::size_t i = 0; i < gate_judged_.size(); ++i)
    gate_judged_[i] = number_of<int>(file.metadata, fmt::format("gate.{}", i)) != 0;
}

std::vector<std::int64_t> Trainer::phase_lengths() const {
  std::vector<std::int64_t> lengths;
  for (const Pace& p : paces_) lengths.push_back(p.length > 0 ? p.length : p.done);
  return lengths;
}

nn::StateDict Trainer::shipped_weights() const {
  const AverageScope average(recipe_.trained(), ema_.get());
  nn::StateDict weights = nn::state_dict(recipe_.shipped());
  for (auto& [key, tensor] : weights) tensor = tensor.to(Device::cpu);
  return weights;
}

std::string Trainer::digest() const {
  nn::StateDict all = nn::state_dict(recipe_.trained());
  if (ema_)
    for (const auto& [key, tensor] : ema_->shadow()) all["ema." + key] = tensor;
  return digest_of(all);
}

}  // namespace dact::train
