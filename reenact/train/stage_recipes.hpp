// DiffusionAct's own training: the reenactment encoder in three stages (paper, section 3.3; spec/diffae.md 10.2).
#pragma once
#include <memory>

#include "diffusion/diffae.hpp"
#include "reenact/encoder.hpp"
#include "reenact/train/recipe.hpp"

namespace dact::train {

struct StageOptions {
  int stage = 1;
  std::uint64_t seed = 0;
  std::int64_t train_steps = 8;      // T_tr, of the decode that gradients go back through
  std::int64_t inversion_steps = 8;  // of the source, in training
  LossWeights weights = {};
  Distance distance = Distance::mse;
  // evaluation
  std::int64_t judged_pairs = 16, invert_steps = 50, decode_steps = 20;
};

/// What a stage starts from; all weights are loaded by then.
struct StageModels {
  std::shared_ptr<diffusion::DiffAE> diffae;
  std::shared_ptr<reenact::ReenactmentEncoder> encoder;
  std::shared_ptr<const Judges> judges;  // stage 1 does without
};

/// Stage 1: the encoder learns z_r = E(target) from self-reenactment pairs (code_loss).
/// Stage 2: the encoder learns from pictures. z_r is decoded in T_tr steps, each run again in the backward pass, from the
/// source's x_T (inverted with the encoder's own code of the source, without history); even samples are pairs of one clip,
/// odd ones reconstruct the source; reenactment_loss.
/// Stage 3: as 2, and the UNet learns with it.
///
/// Driving pictures are drawn from the target's true landmarks and gaze. What is shipped: the encoder at the root; in stage
/// 3 the UNet too, behind "model.", as reenact::ReenactmentModel takes it.
/// Evaluation: z_error; psnr.self and psnr.copy; apd.self and apd.copy by the judges (degrees), pose_closed.
/// throws  UsageError when the stage is none of 1, 2, 3, or lacks its judges
std::unique_ptr<Recipe> make_stage_recipe(const DataSource& data, const DataSource& held_out,
                                          StageModels models, const StageOptions& options);

/// What the encoder is told of faces: f32 [B, 3, size, size].
/// landmarks    f32 [B, 68, 2], pixels of a picture of `size`; gaze f32 [B, 2]
Tensor driving_pictures(const Tensor& landmarks, const Tensor& gaze, std::int64_t size);

}  // namespace dact::train
