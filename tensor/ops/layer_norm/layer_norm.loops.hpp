// Bodies shared by the f32 copies and the f64 oracle.
#pragma once
#include <cstdint>

#include "tensor/math.hpp"
#include "tensor/sum.hpp"

namespace dact::DACT_ISA {
namespace {

template <class T>
DACT_INLINE void layer_norm_row(const T* x, T mean, T rstd, const T* w, const T* b, T* y,
                                std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const T a = w ? rstd * w[i] : rstd;
    y[i] = math::fma(x[i] - mean, a, b ? b[i] : T(0));
  }
}

// dx holds g w until the sums are known.
template <class T>
DACT_INLINE void layer_norm_row_grad(const T* g, const T* x, T mean, T rstd, const T* w, T* dx,
                                     std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) dx[i] = w ? g[i] * w[i] : g[i];
  const T s1 = lane_sum<T>(n, [&](std::int64_t i) { return dx[i]; });
  const T s2 = lane_sum<T>(n, [&](std::int64_t i) { return dx[i] * (x[i] - mean); });
  const T count = static_cast<T>(n), k1 = -(rstd * s1 / count),
          k2 = -(rstd * rstd * rstd * s2 / count);
  for (std::int64_t i = 0; i < n; ++i)
    dx[i] = math::fma(rstd, dx[i], math::fma(x[i] - mean, k2, k1));
}

}  // namespace
}  // namespace dact::DACT_ISA
