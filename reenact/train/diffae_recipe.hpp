// Training a diffusion autoencoder whose code carries the pose (spec/heads64_pilot.md).
#pragma once
#include <memory>
#include <string>

#include "diffusion/diffae.hpp"
#include "reenact/train/recipe.hpp"

namespace dact::train {

struct DiffAEOptions {
  std::string configuration = "heads64";
  std::uint64_t seed = 0;
  /// Of the linear head that reads the ground truth off z; 0: none.
  double aux_weight = 0.3;
  /// Of the pixels of eyes, brows and mouth in the diffusion loss (feature_weights); 1: the mean of all.
  double feature_weight = 1;
  /// Phase 0 trains the encoder and that head alone, at a tenth of a joint step's cost.
  bool encoder_phase = true;
  // evaluation
  std::int64_t ridge_fit = 512, ridge_test = 256;
  std::int64_t swap_pairs = 8, invert_steps = 50, decode_steps = 20;
};

/// Joint steps: uniform t, loss mean (target - U(x_t, t, E(x_0)))^2, target eps or v by the configuration, plus aux_weight
/// times smooth_l1 between the head on z and the normalised ground truth.
///
/// Evaluation: r2.* is ridge regression from z to the ground truth, fitted on training pictures and judged on held-out ones;
/// psnr.swap decodes E(target) from the source's x_T against the target, psnr.copy is the source itself, and
/// pose_closed = 1 - APD(swap) / APD(source), angles read by that regression. Autoencoding alone (psnr.autoencode) cannot
/// see a code that carries nothing. swap_pairs 0 leaves r2.* alone, and no grid.
/// throws       UsageError: pictures of another size than the configuration's; swap_pairs below 0; feature_weight not above 0
std::unique_ptr<Recipe> make_diffae_recipe(const DataSource& data, const DataSource& held_out,
                                           const DiffAEOptions& options);

}  // namespace dact::train
