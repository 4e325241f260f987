// The training loop: micro-batches, clipping, AdamW, moving average, evaluations, checkpoints.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nn/optim/optimizer.hpp"
#include "reenact/train/checkpoint.hpp"
#include "reenact/train/plan.hpp"
#include "reenact/train/recipe.hpp"

namespace dact::train {

/// One step, as the log shows it.
struct StepRecord {
  std::int64_t step = 0, pictures = 0;  // after it, of the whole run
  std::string phase;
  double rate = 0, gradient_norm = 0, loss = 0;
  std::vector<Term> terms;
  double progress = 0;             // of the run, 0 .. 1
  double seconds = 0;              // since the run began, resumed parts included
  double pictures_per_second = 0;  // of this step
};

/// What a run tells while it goes on. All calls come from the training thread.
class TrainListener {
 public:
  virtual ~TrainListener() = default;
  /// Every log_every steps, and after the first and the last.
  virtual void stepped(const StepRecord&) {}
  virtual void evaluated(const StepRecord&, const Metrics&, const Tensor& /*grid*/) {}
  virtual void saved(const std::string& /*path*/, const std::string& /*digest*/) {}
  virtual void remark(const std::string&) {}
  /// Asked after every step: true saves and ends the run.
  virtual bool stop() { return false; }
  /// Seconds on any clock that only grows.
  virtual double now() = 0;
};

enum class Outcome { finished, stopped, gate_failed };

class Trainer {
 public:
  /// recipe, listener and folder (null: no checkpoints) must outlive the trainer. Initial weights are the recipe's.
  Trainer(Recipe& recipe, Plan plan, TrainListener& listener, const CheckpointFolder* folder);
  ~Trainer();

  /// Runs to the end of the plan, or until the listener says stop, or a gate fails.
  /// throws  NumericError when a loss or gradient is not finite: the step is not taken
  Outcome run();

  /// Written into every checkpoint's metadata beside the trainer's own.
  void set_notes(std::map<std::string, std::string> notes) { notes_ = std::move(notes); }
  /// Everything that a resumed run needs: "model.", "ema.", "optim." tensors, and counters as metadata.
  std::map<std::string, Tensor> state() const;
  std::map<std::string, std::string> metadata() const;
  /// throws  WeightsError when the checkpoint is of another recipe or does not fit
  void restore(const TensorFile& checkpoint);

  std::int64_t steps() const { return step_; }
  std::int64_t pictures() const { return pictures_; }
  double seconds() const;
  /// Steps that every phase took or will take, where known: what `--steps` repeats.
  std::vector<std::int64_t> phase_lengths() const;
  /// Over the moving average's weights of what is shipped, or over the weights themselves without one.
  nn::StateDict shipped_weights() const;
  /// Of the trained module's present weights, and of the moving average.
  std::string digest() const;

 private:
  void begin_phase(std::int64_t phase, bool fresh);
  StepRecord take_step();
  Metrics evaluate(const StepRecord& record);
  bool gates_hold(const Metrics& metrics);
  void save();
  void tick();
  bool evaluation_is_due(std::int64_t before) const;
  double run_progress() const;

  Recipe& recipe_;
  Plan plan_;
  TrainListener& listener_;
  const CheckpointFolder* folder_;
  std::vector<nn::Named> parameters_;
  std::unique_ptr<nn::AdamW> optimizer_;
  std::unique_ptr<nn::Ema> ema_;
  std::int64_t step_ = 0, pictures_ = 0, phase_ = 0, phase_pictures_ = 0;
  std::vector<Pace> paces_;
  std::vector<bool> gate_judged_;
  std::map<std::string, std::string> notes_;
  double last_tick_ = 0;
};

}  // namespace dact::train
