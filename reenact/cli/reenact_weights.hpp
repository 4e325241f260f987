// The networks of a reenactment, from wherever their weights are.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "reenact/cli/manifest.hpp"
#include "reenact/nets/estimator.hpp"
#include "reenact/nets/gaze.hpp"
#include "reenact/pipeline/model.hpp"

namespace dact::cli {

struct ReenactWeightsOptions {
  std::string model = "heads64";
  /// A file with everything, or a folder:
  ///   reenact-<model>.safetensors     the encoder, and the UNet copies that were fine-tuned
  ///   diffae-<model>.safetensors      a UNet that the former lacks
  ///   <model>.estimator.safetensors, <model>.gaze.safetensors
  /// Empty: those that come with the program.
  std::string weights;
  std::optional<std::uint64_t> fill;
  std::string preset;  // empty: what the weights hold
};

struct ReenactNetworks {
  std::unique_ptr<reenact::ReenactmentModel> model;
  std::unique_ptr<nets::FaceEstimator> estimator;  // null where points come from files
  std::unique_ptr<nets::GazeEstimator> gaze;
  std::string weights;  // for people: names of files, or the fill rule
  std::string model_digest, estimator_digest, gaze_digest;
  /// Takes the digests and moves the networks; on the CPU folds the weights: from here on they only run forward.
  void finish(Device device);
  void describe(Manifest& manifest) const;
};

/// Where the options' weights are; empty with `fill`. throws  UsageError, WeightsError
std::string weights_place(const ReenactWeightsOptions& options);

/// throws  UsageError; IoError (no such file); WeightsError naming every missing tensor's network and every file that was
///         looked for; NumericError
ReenactNetworks load_reenact_networks(ReenactWeightsOptions options, bool with_estimators,
                                      Device device);

}  // namespace dact::cli
