// One training run in its folder: log, checkpoints, report, and what it leaves at the end.
#pragma once
#include <string>

#include "reenact/cli/options.hpp"
#include "reenact/cli/train_config.hpp"

namespace dact::cli {

struct TrainRun {
  std::string recipe;
  TrainConfig config;
  std::string out;        // folder
  std::string init_from;  // weights file, or empty
  bool resume = false;
};

/// Leaves in the folder: checkpoint-*.safetensors, log.jsonl, grid-*.png, report.html; when the run is finished also
/// NAME.safetensors (half precision), NAME.md (its card), NAME.svg (the card's curves) and NAME.json, with which the run
/// can be made again bit for bit on any machine.
/// returns  exit code: 0, 130 when the user stopped it (saved), 7 when a gate failed (saved)
/// throws   UsageError (the folder holds another run), IoError, WeightsError, NumericError
int run_training(Context& context, const TrainRun& run);

}  // namespace dact::cli
