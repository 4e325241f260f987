// Kernels of the norms and of dropout. Images are [B, P, C] as stored: P pixels, channels innermost; constants per
// (sample, channel), or per channel where constant_samples is 1.
#pragma once
#include "tensor/cuda/kernel.hpp"
#include "tensor/cuda/walk.hpp"
#include "tensor/math.hpp"
#include "tensor/ops/reduce/moments.hpp"
#include "tensor/random.kernels.hpp"
#include "tensor/random.words.hpp"

namespace dact::cuda {

struct PixelShape {
  std::int64_t pixels, channels;
  bool per_sample;  // constants at [n, c], else at [c]
  DACT_INLINE std::int64_t constant(std::int64_t e) const {
    const Split c = split(e, channels);
    return per_sample ? split(c.quotient, pixels).quotient * channels + c.rest : c.rest;
  }
};

/// Row n * C + c of x, over its pixels.
struct ChannelValue {
  const float* x;
  std::int64_t pixels, channels;
  DACT_INLINE float operator()(std::int64_t row, std::int64_t i) const {
    const Split n = split(row, channels);
    return x[(n.quotient * pixels + i) * channels + n.rest];
  }
};
/// g (x - mean), rounded; mean at [n, c] or [c].
struct ChannelProduct {
  ChannelValue g, x;
  const float* mean;
  bool per_sample;
  DACT_INLINE float operator()(std::int64_t row, std::int64_t i) const {
    const float m = mean[per_sample ? row : split(row, x.channels).rest];
    return g(row, i) * (x(row, i) - m);
  }
};

/// v = fma(x - mean, a, d);  y = silu ? silu(v) : v
struct NormForward {
  const float *x, *mean, *a, *d;
  float* y;
  PixelShape shape;
  bool silu;
  DACT_INLINE void operator()(std::int64_t e) const {
    const std::int64_t k = shape.constant(e);
    const float v = math::fma(x[e] - mean[k], a[k], d[k]);
    y[e] = silu ? math::silu(v) : v;
  }
};
/// gv = g silu'(v), silu'(v) = s + v s (1 - s)
struct NormUpstream {
  const float *g, *x, *mean, *a, *d;
  float* gv;
  PixelShape shape;
  DACT_INLINE void operator()(std::int64_t e) const {
    const std::int64_t k = shape.constant(e);
    const float v = math::fma(x[e] - mean[k], a[k], d[k]), s = math::sigmoid(v);
    gv[e] = g[e] * math::fma(v * s, 1.0f - s, s);
  }
};
/// dx = fma(a, gv, fma(x - mean, k2, k1))
struct NormBackward {
  const float *gv, *x, *mean, *a, *k1, *k2;
  float* dx;
  PixelShape shape;
  DACT_INLINE void operator()(std::int64_t e) const {
    const std::int64_t k = shape.constant(e);
    dx[e] = math::fma(a[k], gv[e], math::fma(x[e] - mean[k], k2[k], k1[k]));
  }
};

// ---- group_norm

/// An operand at (n, c); step 0: the same for all samples. null: absent.
struct NormOperand {
  const float* p;
  std::int64_t step;
  DACT_INLINE float at(std::int64_t n, std::int64_t c) const { return p[n * step + c]; }
  DACT_INLINE float one_plus(std::int64_t n, std::int64_t c) const {
    return p ? 1.0f + at(n, c) : 1.0f;
  }
};
struct GroupOperands {
  NormOperand w, b, st, shift, sz;
};

/// Group (n, g): its channels' moments merged ascending, then A and D of each channel (NUMERICS.md 5).
struct FoldGroups {
  const float *channel_mean, *channel_m2;
  GroupOperands o;
  float *mean, *rstd, *a, *d;
  std::int64_t pixels, channels, groups;
  float eps;
  DACT_INLINE void operator()(std::int64_t i) const {
    const Split at = split(i, groups);
    const std::int64_t n = at.quotient, each = channels / groups, first = at.rest * each;
    Moments<float> all;
    for (std::int64_t c = first; c < first + each; ++c)
      all.merge({channel_mean[n * channels + c], channel_m2[n * channels + c], pixels});
    const float r = 1.0f / math::sqrt(all.m2 / static_cast<float>(all.n) + eps);
    for (std::int64_t c = first; c < first + each; ++c) fold(n, c, all.mean, r);
  }

  /// Channel c's constants, for its group's mean and rstd r.
  DACT_INLINE void fold(std::int64_t n, std::int64_t c, float group_mean, float r) const {
    const std::int64_t at = n * channels + c;
    float scale = o.w.p ? r * o.w.at(n, c) : r;
    if (o.st.p) scale = scale * (1.0f + o.st.at(n, c));
    if (o.sz.p) scale = scale * (1.0f + o.sz.at(n, c));
    float move = o.b.p ? o.b.at(n, c) : 0.0f;
    if (o.st.p) move = move * (1.0f + o.st.at(n, c));
    if (o.shift.p) move = move + o.shift.at(n, c);
    if (o.sz.p) move = move * (1.0f + o.sz.at(n, c));
    mean[at] = group_mean;
    rstd[at] = r;
    a[at] = scale;
    d[at] = move;
  }
};

/// Gradients of the conditions at (n, c).
struct GroupConditionGradients {
  const float *s1, *s2, *rstd;
  GroupOperands o;
  float *dst, *dshift, *dsz;
  std::int64_t channels;
  DACT_INLINE void operator()(std::int64_t at) const {
    const Split n = split(at, channels);
    const float t = o.st.one_plus(n.quotient, n.rest), z = o.sz.one_plus(n.quotient, n.rest);
    const float w = o.w.p ? o.w.at(n.quotient, n.rest) : 1.0f,
                b = o.b.p ? o.b.at(n.quotient, n.rest) : 0.0f;
    const float shift = o.shift.p ? o.shift.at(n.quotient, n.rest) : 0.0f;
    const float by_p = s2[at] * rstd[at];
    dst[at] = by_p * w * z + s1[at] * b * z;
    dshift[at] = s1[at] * z;
    dsz[at] = by_p * w * t + s1[at] * (b * t + shift);
  }
};
/// Gradients of weight and bias, samples ascending from +0.
struct GroupWeightGradients {
  const float *s1, *s2, *rstd;
  GroupOperands o;
  float *dw, *db;
  std::int64_t batch, channels;
  DACT_INLINE void operator()(std::int64_t c) const {
    float w = 0.0f, b = 0.0f;
    for (std::int64_t n = 0; n < batch; ++n) {
      const std::int64_t at = n * channels + c;
      const float t = o.st.one_plus(n, c), z = o.sz.one_plus(n, c), by_p = s2[at] * rstd[at];
      w = w + by_p * t * z;
      b = b + s1[at] * t * z;
    }
    dw[c] = w;
    db[c] = b;
  }
};
/// k1 and k2 of a group's channels; m: elements of a group.
struct GroupTerms {
  const float *s1, *s2, *rstd;
  GroupOperands o;
  float *k1, *k2;
  std::int64_t channels, groups;
  float m;
  DACT_INLINE void operator()(std::int64_t i) const {
    const Split g = split(i, groups);
    const std::int64_t n = g.quotient, each = channels / groups, first = g.rest * each;
    float g1 = 0.0f, g2 = 0.0f;
    for (std::int64_t c = first; c < first + each; ++c) {
      const std::int64_t at = n * channels + c;
      const float p = (o.w.p ? o.w.at(n, c) : 1.0f) * o.st.one_plus(n, c) * o.sz.one_plus(n, c);
      g1 = g1 + p * s1[at];
      g2 = g2 + p * s2[at];
    }
    const float r = rstd[n * channels + first];
    for (std::int64_t c = first; c < first + each; ++c) {
      k1[n * channels + c] = -(r * g1 / m);
      k2[n * channels + c] = -(r * r * r * g2 / m);
    }
  }
};

// ---- batch_norm

/// Channel c: var = m2 / count (count 0: m2 is var already), rstd, a = rstd w, d = b.
struct FoldChannels {
  const float *m2, *w, *b;
  float *var, *rstd, *a, *d;
  float count, eps;
  DACT_INLINE void operator()(std::int64_t c) const {
    const float v = count != 0.0f ? m2[c] / count : m2[c], r = 1.0f / math::sqrt(v + eps);
    var[c] = v;
    rstd[c] = r;
    a[c] = w ? r * w[c] : r;
    d[c] = b ? b[c] : 0.0f;
  }
};
struct BatchTerms {
  const float *s1, *s2, *rstd, *a, *g_mean, *g_var;
  float *k1, *k2, *dw;
  float count;
  DACT_INLINE void operator()(std::int64_t c) const {
    dw[c] = rstd[c] * s2[c];
    k1[c] = (g_mean[c] - a[c] * s1[c]) / count;
    k2[c] = (2.0f * g_var[c] - a[c] * rstd[c] * rstd[c] * s2[c]) / count;
  }
};
/// Sums of the samples, ascending from +0; dw = rstd times its sum.
struct EvalTerms {
  const float *s1, *s2, *rstd;
  float *dw, *db;
  std::int64_t batch, channels;
  DACT_INLINE void operator()(std::int64_t c) const {
    float w = 0.0f, b = 0.0f;
    for (std::int64_t n = 0; n < batch; ++n) {
      w = w + s2[n * channels + c];
      b = b + s1[n * channels + c];
    }
    dw[c] = rstd[c] * w;
    db[c] = b;
  }
};

// ---- layer_norm: rows of n

/// rstd[r] = 1 / sqrt(m2 / n + eps), in place of m2
struct RowRstd {
  float* m2;
  float n, eps;
  DACT_INLINE void operator()(std::int64_t r) const { m2[r] = 1.0f / math::sqrt(m2[r] / n + eps); }
};
struct LayerForward {
  const float *x, *mean, *rstd, *w, *b;
  float* y;
  std::int64_t n;
  DACT_INLINE void operator()(std::int64_t e) const {
    const Split r = split(e, n);
    const float a = w ? rstd[r.quotient] * w[r.rest] : rstd[r.quotient];
    y[e] = math::fma(x[e] - mean[r.quotient], a, b ? b[r.rest] : 0.0f);
  }
};
/// g w, and g w (x - mean)
struct LayerValue {
  const float *g, *w;
  std::int64_t n;
  DACT_INLINE float operator()(std::int64_t row, std::int64_t i) const {
    const float v = g[row * n + i];
    return w ? v * w[i] : v;
  }
};
struct LayerProduct {
  LayerValue g;
  const float *x, *mean;
  DACT_INLINE float operator()(std::int64_t row, std::int64_t i) const {
    return g(row, i) * (x[row * g.n + i] - mean[row]);
  }
};
/// dx, and scaled = g u r.
struct LayerBackward {
  LayerProduct p;
  const float *rstd, *s1, *s2;
  float *dx, *scaled;
  DACT_INLINE void operator()(std::int64_t e) const {
    const Split at = split(e, p.g.n);
    const std::int64_t row = at.quotient;
    const float r = rstd[row], count = static_cast<float>(p.g.n), u = p.x[e] - p.mean[row];
    const float k1 = -(r * s1[row] / count), k2 = -(r * r * r * s2[row] / count);
    dx[e] = math::fma(r, p.g(row, at.rest), math::fma(u, k2, k1));
    scaled[e] = p.g.g[e] * (u * r);
  }
};

// ---- dropout

/// y = u >= limit ? x scale : +0, u the element's number of its sample (NUMERICS.md 9).
struct DropoutKernel {
  RandomStream stream;
  const float* x;
  float* y;
  std::int64_t each;  // elements of a sample
  float limit, scale;
  DACT_INLINE void operator()(std::int64_t e) const {
    const Split at = split(e, each);
    RandomStream s = stream;
    s.sample = static_cast<std::uint32_t>(at.quotient);
    std::uint32_t words[4];
    philox_words(s, static_cast<std::uint32_t>(at.rest / 4), words);
    y[e] = to_uniform(words[at.rest % 4]) >= limit ? x[e] * scale : 0.0f;
  }
};

}  // namespace dact::cuda
