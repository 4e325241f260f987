// The diffusion autoencoder: semantic encoder, conditional UNet, and both as one module with the checkpoint's keys.
#pragma once
#include <vector>

#include "diffusion/blocks.hpp"
#include "diffusion/config.hpp"

namespace dact::diffusion {

/// eps = U(x_t, t, z_sem) (or v, by the configuration).
/// x_t [B, 3, S, S]   t i64 [B], original step numbers 0 .. 999   z_sem [B, z_width]   -> [B, 3, S, S]
class UNet : public nn::Module {
 public:
  explicit UNet(const DiffAEConfig& config);
  Var operator()(const Var& x_t, const Tensor& t, const Var& z_sem) const;
  /// The time embedding of t, [B, time_width].
  Var time_embedding(const Tensor& t) const;
  const DiffAEConfig& config() const { return config_; }
  void visit(nn::Visitor& v) override;

 private:
  const DiffAEConfig& config_;
  nn::Linear time_0_, time_2_;
  std::vector<std::unique_ptr<Stage>> down_, up_;
  Stage middle_;
  std::unique_ptr<nn::GroupNorm> out_norm_;
  std::unique_ptr<nn::Conv2d> out_conv_;
};

/// z_sem = E(image).   image [B, 3, S, S] in [-1, 1] -> [B, z_width], not normalised
class SemanticEncoder : public nn::Module {
 public:
  explicit SemanticEncoder(const DiffAEConfig& config);
  Var operator()(const Var& image) const;
  const DiffAEConfig& config() const { return config_; }
  void visit(nn::Visitor& v) override;

 private:
  const DiffAEConfig& config_;
  std::vector<std::unique_ptr<Stage>> down_;
  Stage middle_;
  std::unique_ptr<nn::GroupNorm> out_norm_;
  std::unique_ptr<nn::Conv2d> out_conv_;
};

/// Both under the keys of the official checkpoints: the UNet's at the root, the encoder's behind "encoder.".
class DiffAE : public nn::Module {
 public:
  explicit DiffAE(const DiffAEConfig& config);
  const DiffAEConfig& config;
  UNet unet;
  SemanticEncoder encoder;
  void visit(nn::Visitor& v) override;
};

}  // namespace dact::diffusion
