// A recipe: what is trained, on what, with which loss, and how one sees whether it works. The Trainer does the rest.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "nn/module.hpp"
#include "reenact/train/batch.hpp"
#include "reenact/train/losses.hpp"

namespace dact::train {

/// Which part of a step's batch a loss is asked for.
struct MicroBatch {
  std::int64_t step = 0;   // of the whole run: the draw id of its random numbers
  std::int64_t phase = 0;  // index into the plan's phases
  std::int64_t first = 0, count = 0;
};

/// Named numbers of one evaluation, in order.
using Metrics = std::vector<std::pair<std::string, double>>;

class Recipe {
 public:
  virtual ~Recipe() = default;
  /// "diffae", "estimator", ...
  virtual std::string name() const = 0;
  /// All that the optimiser moves, helpers that are not shipped included.
  virtual nn::Module& trained() = 0;
  /// What the final file holds; part of trained().
  virtual nn::Module& shipped() = 0;
  /// Starts from the weights of a finished file. throws  WeightsError
  virtual void initialise(const nn::StateDict& weights);
  /// Freezes what the phase does not train.
  virtual void begin_phase(std::int64_t phase);
  /// Mean loss over samples first .. first + count - 1 of the step.
  virtual Loss loss(const MicroBatch& part) const = 0;
  /// On held-out data, without history.
  virtual Metrics evaluate() const = 0;
  /// A picture to look at, u8 [H, W, 3]; undefined where there is none.
  virtual Tensor grid() const { return {}; }
  /// One line on the data, for cards.
  virtual std::string data() const = 0;
};

/// u8 [rows * (S + 2), columns * (S + 2), 3] of pictures [-1, 1] laid out row by row, 2 pixels apart, on white.
/// Each entry of `columns` is f32 [N, 3, S, S]: picture n of every column makes row n.
Tensor contact_sheet(const std::vector<Tensor>& columns);

}  // namespace dact::train
