// What the painters share: smooth steps, bells, lattice noise, all without branches. Included by colour.simd.cpp only.
#pragma once
#include "reenact/head/colour.kernels.hpp"
#include "tensor/math.hpp"

namespace dact::DACT_ISA {
namespace {

using head::Paint;
using head::Tint;
using render::Fragments;

DACT_INLINE float clamp01(float v) {
  const float low = v > 0.0F ? v : 0.0F;
  return low < 1.0F ? low : 1.0F;
}
DACT_INLINE float least(float a, float b) { return a < b ? a : b; }
DACT_INLINE float most(float a, float b) { return a > b ? a : b; }
DACT_INLINE float mix(float a, float b, float share) { return a + (b - a) * share; }
/// 0 below `from`, 1 above `to`, smooth between.
DACT_INLINE float ramp(float from, float to, float x) {
  const float t = clamp01((x - from) * (1.0F / (to - from)));
  return t * t * (3.0F - 2.0F * t);
}
DACT_INLINE float square(float v) { return v * v; }
DACT_INLINE float bell(float x, float centre, float width) {
  return math::exp(-square((x - centre) * (1.0F / width)));
}
/// Mirrored two-dimensional bell of the template's |a| and b.
DACT_INLINE float spot(float a, float b, float ca, float cb, float wa, float wb) {
  return math::exp(-square((a - ca) * (1.0F / wa)) - square((b - cb) * (1.0F / wb)));
}
/// Polyline through (x0, y0), (x1, y1), ..., constant outside: the segments' clamped contributions added up.
template <unsigned N>
DACT_INLINE float polyline(const float (&xs)[N], const float (&ys)[N], float x) {
  float y = ys[0];
  for (unsigned k = 1; k < N; ++k)
    y += (ys[k] - ys[k - 1]) * clamp01((x - xs[k - 1]) * (1.0F / (xs[k] - xs[k - 1])));
  return y;
}

DACT_INLINE std::uint32_t scramble(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  return x ^ (x >> 16);
}
DACT_INLINE float unit_of(std::uint32_t bits) {
  return static_cast<float>(static_cast<std::int32_t>(bits >> 8)) * 0x1p-24F;
}
struct Cell {
  std::uint32_t low;
  float part;  // eased
};
DACT_INLINE Cell cell_of(float x) {
  const std::int32_t truncated = static_cast<std::int32_t>(x);
  const std::int32_t low = truncated - (static_cast<float>(truncated) > x ? 1 : 0);
  const float t = x - static_cast<float>(low);
  return {static_cast<std::uint32_t>(low), t * t * (3.0F - 2.0F * t)};
}
constexpr std::uint32_t kAcross = 0x8da6b343U, kUp = 0xd8163841U, kDeep = 0xcb1ab31fU;

/// Value noise, 0 .. 1: random numbers on the integer lattice, smoothly interpolated.
DACT_INLINE float noise(std::uint32_t seed, float x) {
  const Cell c = cell_of(x);
  const float p = unit_of(scramble(seed + c.low * kAcross));
  const float q = unit_of(scramble(seed + (c.low + 1U) * kAcross));
  return mix(p, q, c.part);
}
DACT_INLINE float noise(std::uint32_t seed, float x, float y) {
  const Cell c = cell_of(y);
  return mix(noise(seed + c.low * kUp, x), noise(seed + (c.low + 1U) * kUp, x), c.part);
}
DACT_INLINE float noise(std::uint32_t seed, float x, float y, float z) {
  const Cell c = cell_of(z);
  return mix(noise(seed + c.low * kDeep, x, y), noise(seed + (c.low + 1U) * kDeep, x, y), c.part);
}
/// Weight of a pattern with `per_cm` cells per cm where a shaded point is `pixel` wide: patterns finer than two points
/// fade out instead of flickering.
DACT_INLINE float visible(float per_cm, float pixel) {
  return clamp01(1.5F - 2.0F * per_cm * pixel);
}

DACT_INLINE void scale(Fragments& f, int i, float r, float g, float b) {
  f.red[i] *= r;
  f.green[i] *= g;
  f.blue[i] *= b;
}
DACT_INLINE void cover(Fragments& f, int i, const Tint& tint, float share) {
  f.red[i] = mix(f.red[i], tint.r, share);
  f.green[i] = mix(f.green[i], tint.g, share);
  f.blue[i] = mix(f.blue[i], tint.b, share);
}
DACT_INLINE void set(Fragments& f, int i, const Tint& tint, float gloss, float soft, int label) {
  f.red[i] = tint.r;
  f.green[i] = tint.g;
  f.blue[i] = tint.b;
  f.gloss[i] = gloss;
  f.soft[i] = soft;
  f.shine[i] = 0.0F;
  f.unlit[i] = 0.0F;
  f.lit[i] = 0.0F;
  f.label[i] = label;
}

/// Small unevenness of skin in three sizes: factor of size k with weight w.
constexpr int kGrains = 3;
constexpr float kGrainPerCm[kGrains] = {1.3F, 3.5F, 9.0F};
constexpr float kGrainAmount[kGrains] = {0.035F, 0.035F, 0.04F};
DACT_INLINE float grain(const Paint& p, const Fragments& f, int i, int k, float w) {
  const float m = kGrainPerCm[k];
  const std::uint32_t seed = p.seed + 21U + static_cast<std::uint32_t>(k);
  return 1.0F + w * (noise(seed, f.rest_x[i] * m, f.rest_y[i] * m, f.rest_z[i] * m) - 0.5F);
}

/// Least and greatest of an array: a painter whose feature lies elsewhere leaves the batch as it is.
struct Span {
  float low, high;
};
DACT_INLINE Span span_of(const float* v, int n) {
  Span s{v[0], v[0]};
  for (int i = 1; i < n; ++i) {
    s.low = v[i] < s.low ? v[i] : s.low;
    s.high = v[i] > s.high ? v[i] : s.high;
  }
  return s;
}
DACT_INLINE bool apart(const Span& s, float low, float high) {
  return s.high < low || s.low > high;
}

}  // namespace
}  // namespace dact::DACT_ISA
