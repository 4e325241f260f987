// Mean and sum of squared deviations by NUMERICS.md 5: per chunk of 1024 in two passes, chunks
// merged in ascending order. Plain form; the SIMD form is moments_lanes.hpp, the same bits.
#pragma once
#include <cstdint>

#include "tensor/inline.hpp"
#include "tensor/sum.hpp"

namespace dact {

/// Of n elements: mean and m2 = sum (x_i - mean)^2. V is a number, or a vector of neighbouring
/// results that share n; S is the number type.
template <class V, class S = V>
struct Moments {
  V mean{}, m2{};
  std::int64_t n = 0;

  /// Takes in the elements that follow.
  /// Chan, Golub, LeVeque 1979, eq. 2.1:
  ///   m = m_a + delta (n_b / n),  M2 = M2_a + M2_b + delta delta (n_a n_b / n),  delta = m_b - m_a
  /// evaluated as written, left to right, no fma. Into nothing (n = 0): b itself.
  DACT_INLINE void merge(const Moments& b) {
    if (n == 0) {
      *this = b;
      return;
    }
    if (b.n == 0) return;
    const S n_a = static_cast<S>(n), n_b = static_cast<S>(b.n), all = static_cast<S>(n + b.n);
    const V delta = b.mean - mean;
    mean = mean + delta * (n_b / all);
    m2 = m2 + b.m2 + delta * delta * (n_a * n_b / all);
    n += b.n;
  }
};

/// One chunk of 1 <= n <= 1024 elements f(0) .. f(n-1); f is called twice per element.
template <class T, class F>
DACT_INLINE Moments<T> chunk_moments(std::int64_t n, F&& f) {
  Moments<T> c;
  c.n = n;
  c.mean = chunk_sum<T>(n, f) / static_cast<T>(n);
  c.m2 = chunk_sum<T>(n, [&](std::int64_t i) {
    const T d = f(i) - c.mean;
    return d * d;
  });
  return c;
}

/// All of f(0) .. f(n-1). n = 0 gives mean 0, m2 0. group_norm: moments of each channel, then
/// merge() over the group's channels, ascending.
template <class T, class F>
DACT_INLINE Moments<T> moments(std::int64_t n, F&& f) {
  Moments<T> all;
  for (std::int64_t at = 0; at < n; at += kChunk)
    all.merge(chunk_moments<T>(n - at < kChunk ? n - at : kChunk,
                               [&](std::int64_t i) { return f(at + i); }));
  return all;
}

}  // namespace dact
