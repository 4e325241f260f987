// How long a run lasts and how fast it learns: phases by steps, or by the clock.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace dact::train {

/// A phase has its own optimiser state and its own rise of the learning rate.
struct Phase {
  std::string name;
  std::int64_t steps = 0;  // 0: by `minutes`
  double minutes = 0;
  std::int64_t batch = 16;
  double learning_rate = 1e-3;
  double decay = 0;  // share of the phase, at its end, over which the rate falls to 0 in a line
};

struct Plan {
  std::vector<Phase> phases;
  std::uint64_t seed = 0;
  std::int64_t micro_batch = 4;
  std::int64_t warmup = 100;  // steps, at the start of every phase
  double clip = 1;            // of the global gradient norm; 0: off
  double ema = 0.999;         // 0: off
  double weight_decay = 0.01;
  std::int64_t log_every = 20;           // steps
  std::int64_t save_every = 500;         // steps
  std::int64_t evaluate_every = 20'000;  // pictures; 0: only at the end
  /// Stop when `metric` is below `least` at the first evaluation after `pictures` pictures of the last phase.
  struct Gate {
    std::string metric;
    double least = 0;
    std::int64_t pictures = 0;
  };
  std::vector<Gate> gates;
};

/// throws  UsageError naming the first value that cannot be
void require_sound(const Plan& plan);

/// Where a phase stands. By the clock, its length is not known at first: the rate does not depend on it until it must
/// fall, and at that moment the length in steps is fixed. So a run by the clock is, bit for bit, the run by the number
/// of steps that it states at its end.
struct Pace {
  std::int64_t done = 0;    // steps of this phase
  std::int64_t length = 0;  // 0: not yet known
  double seconds = 0;       // spent in this phase
};

/// To be called before every step: fixes the length when it is time.
void settle(Pace& pace, const Phase& phase);
bool finished(const Pace& pace);
/// Learning rate of the step that comes next.
/// equation     base min(1, (done + 1) / warmup) min(1, (length - done) / floor(decay length))
double rate(const Pace& pace, const Phase& phase, std::int64_t warmup);
/// 0 .. 1, by steps where the length is known, else by the clock.
double progress(const Pace& pace, const Phase& phase);

}  // namespace dact::train
