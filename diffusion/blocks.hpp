// The blocks that UNet and semantic encoder are built of (spec/diffae.md section 2).
#pragma once
#include <cstdint>
#include <memory>

#include "nn/layers.hpp"

namespace dact::diffusion {

/// Of a 3x3 convolution that keeps the image's size.
inline Conv2dOptions same_size() { return {.padding = 1}; }

/// min(32, channels) groups, as everywhere in this family of networks.
std::int64_t norm_groups(std::int64_t channels);

/// Sinusoid of the step number, cosines first: [B] i64 -> f32 [B, width].
/// equation     w_i = exp(-ln(10000) i / (width / 2)),  out = [cos(t w_0) .. cos(t w_last), sin(t w_0) .. sin(t w_last)]
/// source       Vaswani et al. 2017, section 3.5, in the form of Dhariwal and Nichol 2021
Tensor time_sinusoid(const Tensor& t, std::int64_t width);

/// What conditions a residual block: silu(time embedding) [B, time_width] and silu(z_sem) [B, z_width].
struct Conditions {
  Var time, z;
};

enum class Resample { none, down, up };

/// Residual block. Unconditional (encoder): norm, SiLU, resample, conv, add. Conditional (UNet): then a second norm
/// with scale and shift from the time and scale from z, SiLU, conv. The identity branch is resampled without a layer.
/// x [B, C_in, H, W] -> [B, C_out, H', W'], H' = H, H / 2 or 2 H
class ResBlock : public nn::Module {
 public:
  struct Options {
    std::int64_t in, out;
    Resample resample = Resample::none;
    bool conditional = false;
    std::int64_t time_width = 0, z_width = 0;
    double dropout = 0;  // before the last conv of a conditional block, in training
  };
  explicit ResBlock(const Options& o);
  Var operator()(const Var& x, const Conditions& c = {}) const;
  void visit(nn::Visitor& v) override;

 private:
  struct Modulation {
    nn::Linear emb, cond_emb;
    nn::GroupNorm norm;
    nn::Dropout dropout;
    nn::Conv2d conv;
  };
  Var resampled(const Var& x) const;
  Resample resample_;
  nn::GroupNorm norm_;
  nn::Conv2d conv_;
  std::unique_ptr<Modulation> modulation_;
  std::unique_ptr<nn::Conv2d> skip_;
};

/// Self-attention over the positions of an image, residual.
/// x [B, C, H, W] -> same.   softmax over keys of (q k) / sqrt(d); heads split first, then q, k, v inside each
class AttentionBlock : public nn::Module {
 public:
  AttentionBlock(std::int64_t channels, std::int64_t heads);
  Var operator()(const Var& x) const;
  void visit(nn::Visitor& v) override;

 private:
  std::int64_t heads_;
  nn::GroupNorm norm_;
  nn::Conv1x1 qkv_, proj_out_;
};

/// One entry of input_blocks, middle or output_blocks: what is present runs in this order, and is numbered so.
class Stage : public nn::Module {
 public:
  std::unique_ptr<nn::Conv2d> conv;
  std::unique_ptr<ResBlock> res;
  std::unique_ptr<AttentionBlock> attention;
  std::unique_ptr<ResBlock> last;  // resampling block, or the middle's second residual block
  Var operator()(const Var& x, const Conditions& c = {}) const;
  void visit(nn::Visitor& v) override;
};

}  // namespace dact::diffusion
