// Loop bodies shared by the f32 copies and the f64 oracle. Channels are innermost, so each loop is one vector loop.
#pragma once
#include <cstdint>

#include "tensor/math.hpp"
#include "tensor/sum.hpp"

namespace dact::DACT_ISA {
namespace {

template <class T>
DACT_INLINE void norm_forward_loop(const T* __restrict__ x, const T* __restrict__ mean,
                                   const T* __restrict__ a, const T* __restrict__ d, bool silu,
                                   T* __restrict__ y, std::int64_t pixels, std::int64_t c) {
  if (silu) {
    for (std::int64_t p = 0; p < pixels; ++p, x += c, y += c)
      for (std::int64_t i = 0; i < c; ++i) y[i] = math::silu(math::fma(x[i] - mean[i], a[i], d[i]));
  } else {
    for (std::int64_t p = 0; p < pixels; ++p, x += c, y += c)
      for (std::int64_t i = 0; i < c; ++i) y[i] = math::fma(x[i] - mean[i], a[i], d[i]);
  }
}

// silu'(v) = s + v s (1 - s) = fma(v s, 1 - s, s)
template <class T>
DACT_INLINE void norm_upstream_loop(const T* g, const T* x, const T* mean, const T* a, const T* d,
                                    T* gv, std::int64_t pixels, std::int64_t c) {
  for (std::int64_t p = 0; p < pixels; ++p, g += c, x += c, gv += c)
    for (std::int64_t i = 0; i < c; ++i) {
      const T v = math::fma(x[i] - mean[i], a[i], d[i]);
      const T s = math::sigmoid(v);
      gv[i] = g[i] * math::fma(v * s, T(1) - s, s);
    }
}

// One chunk of the tree of NUMERICS.md 4 per channel, kStripe channels at a time so that the lanes stay in L1.
template <class T>
DACT_INLINE void norm_chunk_sums_loop(const T* gv, const T* x, const T* mean, T* s1, T* s2,
                                      std::int64_t pixels, std::int64_t c) {
  constexpr std::int64_t kStripe = 32;
  for (std::int64_t from = 0; from < c; from += kStripe) {
    const std::int64_t width = c - from < kStripe ? c - from : kStripe;
    T lane1[kLanes][kStripe] = {}, lane2[kLanes][kStripe] = {};
    for (std::int64_t p = 0; p < pixels; ++p) {
      T *l1 = lane1[p % kLanes], *l2 = lane2[p % kLanes];
      const T *gp = gv + p * c + from, *xp = x + p * c + from, *mp = mean + from;
      for (std::int64_t i = 0; i < width; ++i) {
        l1[i] = l1[i] + gp[i];
        const T product = gp[i] * (xp[i] - mp[i]);
        l2[i] = l2[i] + product;
      }
    }
    for (int half = kLanes / 2; half > 0; half /= 2)
      for (int j = 0; j < half; ++j)
        for (std::int64_t i = 0; i < width; ++i) {
          lane1[j][i] = lane1[j][i] + lane1[j + half][i];
          lane2[j][i] = lane2[j][i] + lane2[j + half][i];
        }
    for (std::int64_t i = 0; i < width; ++i) {
      s1[from + i] = lane1[0][i];
      s2[from + i] = lane2[0][i];
    }
  }
}

template <class T>
DACT_INLINE void norm_backward_loop(const T* gv, const T* x, const T* mean, const T* a, const T* k1,
                                    const T* k2, T* dx, std::int64_t pixels, std::int64_t c) {
  for (std::int64_t p = 0; p < pixels; ++p, gv += c, x += c, dx += c)
    for (std::int64_t i = 0; i < c; ++i)
      dx[i] = math::fma(a[i], gv[i], math::fma(x[i] - mean[i], k2[i], k1[i]));
}

}  // namespace
}  // namespace dact::DACT_ISA
