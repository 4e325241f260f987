// DDIM (Song et al. 2021): from noise to an image and back, the same walk in two directions.
#pragma once
#include <cstdint>

#include "diffusion/diffae.hpp"
#include "diffusion/schedule.hpp"

namespace dact::diffusion {

enum class Direction { decode, invert };

/// What a step leaves. All [B, 3, S, S].
struct DdimStep {
  Var x;    // the next sample: less noisy when decoding, more when inverting
  Var x_0;  // the clean image that the prediction stands for, clipped where asked
};

/// One step of eta = 0 at place i of the subset, from what the network said at (x, t_i).
/// equation     r = sqrt(1 / abar_i),  m = sqrt(1 / abar_i - 1)
///              eps: x_0 = clamp(r x - m eps, -1, 1)
///              v:   x_0 = clamp(sqrt(abar_i) x - sqrt(1 - abar_i) v, -1, 1)
///              eps' = (r x - x_0) / m,  re-derived from the clipped x_0
///              x_next = sqrt(a) x_0 + sqrt(1 - a) eps'
///              a = abar_{i-1} decoding (1 at i = 0), abar_{i+1} inverting (0 at the last)
/// source       Song et al. 2021, eq. 12 and section 4.3; v: Salimans and Ho 2022, appendix D
/// order        r, m, a, abar in float64, rounded to float32 once; their roots and the images in
///              float32
DdimStep ddim_step(const Respaced& subset, std::int64_t i, Direction direction, const Var& x,
                   const Var& predicted, Prediction prediction, bool clip);

/// What a sampler tells after each step.
struct StepReport {
  std::int64_t done = 0, total = 0;  // steps
  std::int64_t t = 0;                // original step number that the network was given
  Tensor x;                          // the sample after the step
  Tensor x_0;                        // the predicted clean image, where asked for; else undefined
};

class SamplerProgress {
 public:
  virtual ~SamplerProgress() = default;
  virtual void after(const StepReport& step) = 0;
  /// The predicted clean image is handed out at every k-th step and at the last; 0: never.
  std::int64_t x_0_every = 0;
};

struct DdimOptions {
  /// Of the predicted clean image to [-1, 1], in both directions, as the official code does.
  bool clip = true;
  /// Training through the sampler: backward() runs each step again instead of keeping its
  /// activations. The network must outlive that backward().
  bool checkpoint_steps = false;
  SamplerProgress* progress = nullptr;
  /// So many steps were taken before, and the sample handed in is what they left: a walk that was
  /// stopped goes on to the same bits.
  std::int64_t done = 0;
};

/// x_0 from noise: the subset's steps downwards. Under NoGrad it keeps nothing; otherwise gradients
/// reach x_T, z_sem and the network. Sample n of the result depends on sample n alone.
/// x_T          f32 [B, 3, S, S]   z_sem f32 [B, z_width], the same at every step
/// returns      [B, 3, S, S]
/// throws       ShapeError; Cancelled when asked to stop, and nothing is left behind
Var ddim_decode(const UNet& unet, const Respaced& subset, const Var& x_T, const Var& z_sem,
                const DdimOptions& options = {});

/// x_T from a clean image: the steps upwards; the image is taken for the sample at the first step.
/// x_0          f32 [B, 3, S, S] in [-1, 1]   z_sem f32 [B, z_width]
/// returns      [B, 3, S, S], not exactly normal and not re-normalised
Var ddim_invert(const UNet& unet, const Respaced& subset, const Var& x_0, const Var& z_sem,
                const DdimOptions& options = {});

}  // namespace dact::diffusion
