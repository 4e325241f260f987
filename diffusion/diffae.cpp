#include "diffusion/diffae.hpp"

#include <string>

#include "tensor/error.hpp"

namespace dact::diffusion {
namespace {

constexpr std::int64_t kImageChannels = 3;

// Which kind of residual blocks a path is made of.
ResBlock::Options block_kind(const DiffAEConfig& c, bool conditional) {
  return {.in = 0,
          .out = 0,
          .conditional = conditional,
          .time_width = c.time_width,
          .z_width = c.z_width,
          .dropout = c.dropout};
}

std::unique_ptr<ResBlock> make_block(ResBlock::Options kind, std::int64_t in, std::int64_t out,
                                     Resample resample = Resample::none) {
  kind.in = in;
  kind.out = out;
  kind.resample = resample;
  return std::make_unique<ResBlock>(kind);
}

// What a path down leaves: its stages, the channels each one gives, and where it ended.
struct Down {
  std::vector<std::unique_ptr<Stage>> stages;
  std::vector<std::int64_t> channels;
  std::int64_t resolution = 0;
};

Down make_down(const DiffAEConfig& c, const Multipliers& multipliers,
               const ResBlock::Options& kind) {
  Down d;
  std::int64_t channels = c.base;
  d.resolution = c.image_size;
  const auto push = [&](std::unique_ptr<Stage> stage) {
    d.stages.push_back(std::move(stage));
    d.channels.push_back(channels);
  };
  auto first = std::make_unique<Stage>();
  first->conv = std::make_unique<nn::Conv2d>(kImageChannels, channels, 3, same_size());
  push(std::move(first));
  for (int level = 0; level < multipliers.count; ++level) {
    for (int i = 0; i < c.res_blocks; ++i) {
      auto stage = std::make_unique<Stage>();
      const std::int64_t out = c.base * multipliers[level];
      stage->res = make_block(kind, channels, out);
      channels = out;
      if (d.resolution == c.attention_resolution)
        stage->attention = std::make_unique<AttentionBlock>(channels, c.heads);
      push(std::move(stage));
    }
    if (level + 1 == multipliers.count) break;
    auto stage = std::make_unique<Stage>();
    stage->res = make_block(kind, channels, channels, Resample::down);
    d.resolution /= 2;
    push(std::move(stage));
  }
  return d;
}

void make_middle(Stage& middle, const DiffAEConfig& c, std::int64_t channels,
                 const ResBlock::Options& kind) {
  middle.res = make_block(kind, channels, channels);
  middle.attention = std::make_unique<AttentionBlock>(channels, c.heads);
  middle.last = make_block(kind, channels, channels);
}

void visit_all(nn::Visitor& v, const std::string& name,
               std::vector<std::unique_ptr<Stage>>& stages) {
  for (std::size_t i = 0; i < stages.size(); ++i)
    v.child(name + "." + std::to_string(i), *stages[i]);
}

void require_image(std::string_view where, const Var& x, const DiffAEConfig& c) {
  const Shape& s = x.shape();
  if (s.rank() != 4 || s[1] != kImageChannels || s[2] != c.image_size || s[3] != c.image_size)
    throw ShapeError(where, "image must be [B, 3, " + std::to_string(c.image_size) + ", " +
                                std::to_string(c.image_size) + "] for " + std::string(c.name) +
                                ", got " + x.value().str());
}

}  // namespace

// ---- UNet

UNet::UNet(const DiffAEConfig& c)
    : config_(c), time_0_(c.base, c.time_width), time_2_(c.time_width, c.time_width) {
  const ResBlock::Options kind = block_kind(c, true);
  Down d = make_down(c, c.unet_multipliers, kind);
  down_ = std::move(d.stages);
  std::int64_t channels = d.channels.back();
  make_middle(middle_, c, channels, kind);
  for (int level = c.unet_multipliers.count - 1; level >= 0; --level)
    for (int i = 0; i <= c.res_blocks; ++i) {
      auto stage = std::make_unique<Stage>();
      const std::int64_t out = c.base * c.unet_multipliers[level];
      stage->res = make_block(kind, channels + d.channels.back(), out);
      d.channels.pop_back();
      channels = out;
      if (d.resolution == c.attention_resolution)
        stage->attention = std::make_unique<AttentionBlock>(channels, c.heads);
      if (level > 0 && i == c.res_blocks) {
        stage->last = make_block(kind, channels, channels, Resample::up);
        d.resolution *= 2;
      }
      up_.push_back(std::move(stage));
    }
  out_norm_ = std::make_unique<nn::GroupNorm>(norm_groups(channels), channels);
  out_conv_ = std::make_unique<nn::Conv2d>(channels, kImageChannels, 3, same_size());
}

Var UNet::time_embedding(const Tensor& t) const {
  return time_2_(silu(time_0_(Var(time_sinusoid(t, config_.base)))));
}

Var UNet::operator()(const Var& x_t, const Tensor& t, const Var& z_sem) const {
  require_image("unet", x_t, config_);
  require_shape("unet", "t", t, {x_t.size(0)});
  require_shape("unet", "z_sem", z_sem.value(), {x_t.size(0), config_.z_width});
  const Conditions c{silu(time_embedding(t)), silu(z_sem)};
  std::vector<Var> skips;
  Var h = x_t;
  for (const auto& stage : down_) skips.push_back(h = (*stage)(h, c));
  h = middle_(h, c);
  for (const auto& stage : up_) {
    h = (*stage)(cat({h, skips.back()}, 1), c);  // current first, skip second
    skips.pop_back();
  }
  return (*out_conv_)(out_norm_->silu(h));
}

void UNet::visit(nn::Visitor& v) {
  v.child("time_embed.time_embed.0", time_0_);
  v.child("time_embed.time_embed.2", time_2_);
  visit_all(v, "input_blocks", down_);
  v.child("middle_block", middle_);
  visit_all(v, "output_blocks", up_);
  v.child("out.0", *out_norm_);
  v.child("out.2", *out_conv_);
}

// ---- encoder

SemanticEncoder::SemanticEncoder(const DiffAEConfig& c) : config_(c) {
  const ResBlock::Options kind = block_kind(c, false);
  Down d = make_down(c, c.encoder_multipliers, kind);
  down_ = std::move(d.stages);
  const std::int64_t channels = d.channels.back();
  make_middle(middle_, c, channels, kind);
  out_norm_ = std::make_unique<nn::GroupNorm>(norm_groups(channels), channels);
  const std::int64_t kernel = c.encoder_tail == EncoderTail::pool ? 1 : d.resolution;
  out_conv_ = std::make_unique<nn::Conv2d>(channels, c.z_width, kernel);
}

Var SemanticEncoder::operator()(const Var& image) const {
  require_image("encoder", image, config_);
  Var h = image;
  for (const auto& stage : down_) h = (*stage)(h);
  h = out_norm_->silu(middle_(h));
  if (config_.encoder_tail == EncoderTail::pool) h = mean(h, {2, 3}, /*keep_axes=*/true);
  return reshape((*out_conv_)(h), {image.size(0), config_.z_width});
}

void SemanticEncoder::visit(nn::Visitor& v) {
  visit_all(v, "input_blocks", down_);
  v.child("middle_block", middle_);
  v.child("out.0", *out_norm_);
  v.child("out.3", *out_conv_);  // 1 is the SiLU, 2 the pooling
}

// ---- both

DiffAE::DiffAE(const DiffAEConfig& c) : config(c), unet(c), encoder(c) { nn::name_modules(*this); }

void DiffAE::visit(nn::Visitor& v) {
  unet.visit(v);
  v.child("encoder", encoder);
}

}  // namespace dact::diffusion
