// group_norm of the fast modes: x is read once for the statistics and once for norm, affine and SiLU together. Images
// are [B, P, C] as stored, C a multiple of 4. Moments of bands of 32 pixels in two passes over registers, merged by
// Chan's formula in a tree: as exact as the strict ones, other bits.
#pragma once
#include "tensor/cuda/kernel.hpp"
#include "tensor/ops/contract/contract.cuda.hpp"
#include "tensor/ops/norm/norm.cuda.hpp"

namespace dact::cuda {

/// Item (n, band, c): mean and M2 of channel c over the band.
struct BandMoments {
  static constexpr int kBand = 32;
  const float* x;
  float *mean, *m2;
  std::int64_t pixels, channels, bands;
  DACT_INLINE void operator()(std::int64_t item) const {
    const Split c = split(item, channels), n = split(c.quotient, bands);
    const std::int64_t first = n.rest * kBand, left = pixels - first;
    const int count = left < kBand ? static_cast<int>(left) : kBand;
    const float* from = x + (n.quotient * pixels + first) * channels + c.rest;
    float v[kBand], sum = 0.0f, squares = 0.0f;
    DACT_UNROLL
    for (int i = 0; i < kBand; ++i) {
      v[i] = i < count ? from[i * channels] : 0.0f;
      sum = sum + v[i];
    }
    const float middle = sum / static_cast<float>(count);
    DACT_UNROLL
    for (int i = 0; i < kBand; ++i) {
      const float d = i < count ? v[i] - middle : 0.0f;
      squares = math::fma(d, d, squares);
    }
    mean[item] = middle;
    m2[item] = squares;
  }
};

/// Block (n, group): its bands merged, then A and D of its channels.
struct MergeBands {
  static constexpr int kThreads = 128, kHalvings = 7;
  struct Shared {
    float mean[kThreads], m2[kThreads];
    std::int64_t n[kThreads];
  };
  struct Registers {};
  const float *mean, *m2;
  std::int64_t bands;
  FoldGroups fold;

  DACT_INLINE std::int64_t steps(std::int64_t) const { return kHalvings + 2; }
  DACT_INLINE void step(std::int64_t s, const Thread& t, Shared& m, Registers&) const {
    const Split at = split(t.block, fold.groups);
    const std::int64_t each = fold.channels / fold.groups, first = at.rest * each;
    if (s == 0) return own(t.index, at.quotient, first, each, m);
    const int half = kThreads >> s;
    if (half > 0) {
      if (t.index < half) merge(t.index, t.index + half, m);
      return;
    }
    const float r = 1.0f / math::sqrt(m.m2[0] / static_cast<float>(m.n[0]) + fold.eps);
    for (std::int64_t c = first + t.index; c < first + each; c += kThreads)
      fold.fold(at.quotient, c, m.mean[0], r);
  }

 private:
  DACT_INLINE void own(int thread, std::int64_t n, std::int64_t first, std::int64_t each,
                       Shared& m) const {
    Moments<float> all;
    for (std::int64_t e = thread; e < bands * each; e += kThreads) {
      const Split band = split(e, each);
      const std::int64_t left = fold.pixels - band.quotient * BandMoments::kBand;
      const std::int64_t from = (n * bands + band.quotient) * fold.channels + first + band.rest;
      all.merge({mean[from], m2[from], left < BandMoments::kBand ? left : BandMoments::kBand});
    }
    m.mean[thread] = all.mean;
    m.m2[thread] = all.m2;
    m.n[thread] = all.n;
  }
  DACT_INLINE static void merge(int to, int from, Shared& m) {
    Moments<float> all{m.mean[to], m.m2[to], m.n[to]};
    all.merge({m.mean[from], m.m2[from], m.n[from]});
    m.mean[to] = all.mean;
    m.m2[to] = all.m2;
    m.n[to] = all.n;
  }
};

/// Four channels of a pixel: v = fma(x - mean, a, d), y = silu ? silu(v) : v. Constants at [n, c].
struct NormQuads {
  const float *x, *mean, *a, *d;
  float* y;
  std::int64_t pixels, quads;  // quads: of a pixel
  bool silu;
  DACT_INLINE void operator()(std::int64_t item) const {
    const Split c = split(item, quads);
    const std::int64_t at = split(c.quotient, pixels).quotient * quads + c.rest;
    const Quad in = quad(x, item), middle = quad(mean, at), scale = quad(a, at), move = quad(d, at);
    Quad out;
    DACT_UNROLL
    for (int i = 0; i < 4; ++i) {
      const float v = math::fma(in.v[i] - middle.v[i], scale.v[i], move.v[i]);
      out.v[i] = silu ? math::silu(v) : v;
    }
    reinterpret_cast<Quad*>(y)[item] = out;
  }

 private:
  DACT_INLINE static Quad quad(const float* p, std::int64_t i) {
    return reinterpret_cast<const Quad*>(p)[i];
  }
};

}  // namespace dact::cuda
