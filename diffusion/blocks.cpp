#include "diffusion/blocks.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "tensor/math.hpp"

namespace dact::diffusion {

std::int64_t norm_groups(std::int64_t channels) { return std::min<std::int64_t>(32, channels); }

Tensor time_sinusoid(const Tensor& t, std::int64_t width) {
  require_rank("time_sinusoid", "t", t, 1);
  require_dtype("time_sinusoid", "t", t, DType::i64);
  const std::int64_t half = width / 2;
  const std::vector<std::int64_t> steps = t.to_vector<std::int64_t>();
  Tensor out = empty({t.numel(), 2 * half});
  float* p = out.mutate<float>();
  // float32 throughout: in float64 the angles near t = 1000 move eps by 7e-6 (spec/diffae.md 2.1)
  const auto minus_ln_10000 = static_cast<float>(-9.210340371976184);
  for (const std::int64_t step : steps) {
    for (std::int64_t i = 0; i < half; ++i) {
      const float w = math::exp(minus_ln_10000 * static_cast<float>(i) / static_cast<float>(half));
      const float angle = static_cast<float>(step) * w;
      p[i] = math::cos(angle);
      p[half + i] = math::sin(angle);
    }
    p += 2 * half;
  }
  return out.to(t.device());
}

// ---- residual block

ResBlock::ResBlock(const Options& o)
    : resample_(o.resample), norm_(norm_groups(o.in), o.in), conv_(o.in, o.out, 3, same_size()) {
  if (o.conditional)
    modulation_ = std::make_unique<Modulation>(
        Modulation{nn::Linear(o.time_width, 2 * o.out), nn::Linear(o.z_width, o.out),
                   nn::GroupNorm(norm_groups(o.out), o.out), nn::Dropout(o.dropout),
                   nn::Conv2d(o.out, o.out, 3, same_size())});
  if (o.in != o.out) skip_ = std::make_unique<nn::Conv2d>(o.in, o.out, 1);
}

Var ResBlock::resampled(const Var& x) const {
  if (resample_ == Resample::down) return avg_pool2d(x, 2);
  if (resample_ == Resample::up) return interpolate_nearest(x, {2 * x.size(2), 2 * x.size(3)});
  return x;
}

Var ResBlock::operator()(const Var& x, const Conditions& c) const {
  Var h = conv_(resampled(norm_.silu(x)));  // [B, C_out, H', W']
  if (modulation_) {
    const Modulation& m = *modulation_;
    const std::int64_t out = h.size(1);
    const Var time = m.emb(c.time);  // [B, 2 C_out]: scale, then shift
    const GroupNormConditions conditions{slice(time, 1, 0, out), slice(time, 1, out, 2 * out),
                                         m.cond_emb(c.z)};
    h = m.conv(m.dropout(m.norm.silu(h, conditions)));
  }
  const Var identity = resampled(x);
  return tap_point(path(), add(skip_ ? (*skip_)(identity) : identity, h));
}

void ResBlock::visit(nn::Visitor& v) {
  v.child("in_layers.0", norm_);
  v.child("in_layers.2", conv_);  // 1 is the SiLU
  if (modulation_) {
    v.child("emb_layers.1", modulation_->emb);
    v.child("cond_emb_layers.1", modulation_->cond_emb);
    v.child("out_layers.0", modulation_->norm);
    v.child("out_layers.2", modulation_->dropout);  // 1 is the SiLU
    v.child("out_layers.3", modulation_->conv);
  }
  if (skip_) v.child("skip_connection", *skip_);
}

// ---- attention

AttentionBlock::AttentionBlock(std::int64_t channels, std::int64_t heads)
    : heads_(heads),
      norm_(norm_groups(channels), channels),
      qkv_(channels, 3 * channels),
      proj_out_(channels, channels) {}

Var AttentionBlock::operator()(const Var& x) const {
  const std::int64_t b = x.size(0), d = x.size(1) / heads_, positions = x.size(2) * x.size(3);
  const Var qkv = reshape(qkv_(norm_(x)), {b, heads_, 3 * d, positions});
  const auto part = [&](std::int64_t k) {  // [B, heads, L, D]
    return permute(slice(qkv, 2, k * d, (k + 1) * d), {0, 1, 3, 2});
  };
  const double scale = 1.0 / static_cast<double>(math::sqrt(static_cast<float>(d)));
  const PathScope scope(path());
  const Var o = permute(attention(part(0), part(1), part(2), {}, {.scale = scale}),
                        {0, 1, 3, 2});  // [B, heads, D, L]
  const Var out = proj_out_(tap_point(path() + ".attention", reshape(o, x.shape())));
  return tap_point(path(), add(x, out));
}

void AttentionBlock::visit(nn::Visitor& v) {
  v.child("norm", norm_);
  v.child("qkv", qkv_);
  v.child("proj_out", proj_out_);
}

// ---- stage

Var Stage::operator()(const Var& x, const Conditions& c) const {
  Var h = x;
  if (conv) h = (*conv)(h);
  if (res) h = (*res)(h, c);
  if (attention) h = (*attention)(h);
  if (last) h = (*last)(h, c);
  return tap_point(path(), h);
}

void Stage::visit(nn::Visitor& v) {
  int index = 0;
  if (conv) v.child(std::to_string(index++), *conv);
  if (res) v.child(std::to_string(index++), *res);
  if (attention) v.child(std::to_string(index++), *attention);
  if (last) v.child(std::to_string(index++), *last);
}

}  // namespace dact::diffusion
