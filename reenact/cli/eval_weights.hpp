// The networks of an evaluation: those that are judged, and those that judge.
#pragma once
#include <memory>
#include <string>

#include "reenact/cli/reenact_weights.hpp"
#include "reenact/eval/readings.hpp"
#include "reenact/eval/studio.hpp"

namespace dact::cli {

struct EvalWeightsOptions {
  ReenactWeightsOptions subject;
  /// Folder of <model>.judge-estimator.safetensors, judge-gaze, judge-embedder, judge-parser; empty: that of the
  /// subject's weights.
  std::string judges;
};

struct EvalNetworks {
  ReenactNetworks subject;
  std::unique_ptr<diffusion::DiffAE> diffae;
  std::unique_ptr<eval::Judge> judge;
  eval::Subjects subjects() const;
  void move_to(Device device);  // those that are not the subject's
  void describe(Manifest& manifest) const;
};

/// throws  UsageError; WeightsError naming all that is missing, of every network; IoError, NumericError
EvalNetworks load_eval_networks(EvalWeightsOptions options, bool with_estimators, Device device);

}  // namespace dact::cli
