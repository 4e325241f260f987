#include "reenact/train/plan.hpp"

#include <algorithm>
#include <cmath>

#include "tensor/error.hpp"

namespace dact::train {
namespace {

std::int64_t decay_steps(std::int64_t length, double share) {
  return static_cast<std::int64_t>(std::floor(share * static_cast<double>(length)));
}

// The shortest length whose decay begins at step `begin`.
std::int64_t length_with_decay_at(std::int64_t begin, double share) {
  auto length = static_cast<std::int64_t>(static_cast<double>(begin) / (1 - share));
  while (length > begin && length - 1 - decay_steps(length - 1, share) >= begin) --length;
  while (length - decay_steps(length, share) < begin) ++length;
  return std::max<std::int64_t>(length, 1);
}

void require(bool holds, const std::string& what) {
  if (!holds) throw UsageError("train", what);
}

}  // namespace

void require_sound(const Plan& plan) {
  require(!plan.phases.empty(), "a plan must have a phase, got none");
  require(plan.micro_batch >= 1,
          "micro_batch must be 1 or more, got " + std::to_string(plan.micro_batch));
  require(plan.ema >= 0 && plan.ema < 1, "ema must lie in [0, 1), got " + std::to_string(plan.ema));
  require(plan.log_every >= 1 && plan.save_every >= 1,
          "log_every and save_every must be 1 or more, got " + std::to_string(plan.log_every) +
              ", " + std::to_string(plan.save_every));
  require(plan.clip >= 0, "clip must be 0 or more, got " + std::to_string(plan.clip));
  for (const Phase& p : plan.phases) {
    require(p.steps > 0 || p.minutes > 0,
            "phase " + p.name + " must have steps or minutes, got neither");
    require(p.batch >= 1, "batch must be 1 or more, got " + std::to_string(p.batch));
    require(p.learning_rate > 0 && std::isfinite(p.learning_rate),
            "learning_rate must be above 0, got " + std::to_string(p.learning_rate));
    require(p.decay >= 0 && p.decay < 1,
            "decay must lie in [0, 1), got " + std::to_string(p.decay));
  }
}

void settle(Pace& pace, const Phase& phase) {
  if (pace.length > 0) return;
  if (phase.steps > 0) {
    pace.length = phase.steps;
    return;
  }
  const double limit = phase.minutes * 60;
  if (pace.done > 0 && pace.seconds >= (1 - phase.decay) * limit)
    pace.length = length_with_decay_at(pace.done, phase.decay);
}

bool finished(const Pace& pace) { return pace.length > 0 && pace.done >= pace.length; }

double rate(const Pace& pace, const Phase& phase, std::int64_t warmup) {
  double r = phase.learning_rate;
  if (pace.done < warmup) r *= static_cast<double>(pace.done + 1) / static_cast<double>(warmup);
  const std::int64_t fall = decay_steps(pace.length, phase.decay), left = pace.length - pace.done;
  if (pace.length > 0 && fall > 0 && left < fall)
    r *= static_cast<double>(left) / static_cast<double>(fall);
  return r;
}

double progress(const Pace& pace, const Phase& phase) {
  const double part = pace.length > 0
                          ? static_cast<double>(pace.done) / static_cast<double>(pace.length)
                          : pace.seconds / (phase.minutes * 60);
  return std::min(1.0, part);
}

}  // namespace dact::train
