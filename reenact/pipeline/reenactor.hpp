// The Reenactor: a source once, then a frame for every driving picture (DESIGN.md section 7).
#pragma once
#include <cstdint>

#include "diffusion/ddim.hpp"
#include "reenact/pipeline/model.hpp"

namespace dact::reenact {

struct ReenactorOptions {
  std::int64_t steps = 20;            // of decoding
  std::int64_t inversion_steps = 50;  // of the source's inversion
  bool clip = true;                   // the predicted clean image, at every step
};

/// Frame n is a pure function of the source and of driving picture n: batches, and what came before, change no bit of it.
/// Nothing is kept from frame to frame. The networks run where the model lies; pictures come and go on the CPU.
class Reenactor {
 public:
  /// `model` must outlive this.
  /// throws  UsageError for step counts that cannot be had
  Reenactor(const ReenactmentModel& model, const ReenactorOptions& options = {});
  /// The same UsageError, before there is a model.
  static void require_steps(const diffusion::DiffAEConfig& config, const ReenactorOptions& options);

  /// The person: z_src = E_r(image, driving) with the source's own driving picture, and x_T = its inversion with z_src.
  /// image        f32 [1, 3, S, S] in [-1, 1]; driving the same
  void take_source(const Tensor& image, const Tensor& driving,
                   diffusion::SamplerProgress* progress = nullptr);
  Tensor z_src() const { return z_src_.to(Device::cpu); }  // [1, z_width]
  Tensor x_T() const { return x_T_.to(Device::cpu); }      // [1, 3, S, S]

  /// driving      f32 [B, 3, S, S] in [-1, 1]
  /// returns      f32 [B, 3, S, S]: z_r = E_r(source, driving), decoded from x_T
  /// throws       UsageError before take_source(); Cancelled
  Tensor frames(const Tensor& driving, diffusion::SamplerProgress* progress = nullptr) const;

  const ReenactmentModel& model() const { return model_; }
  const ReenactorOptions& options() const { return options_; }

 private:
  const ReenactmentModel& model_;
  ReenactorOptions options_;
  diffusion::Respaced decode_, invert_;
  Tensor image_, z_src_, x_T_;
};

}  // namespace dact::reenact
