// Kernels of index operators: gathers, scatters grouped by destination, sort. No atomics: each result has one owner.
#pragma once
#include "tensor/cuda/kernel.hpp"
#include "tensor/cuda/walk.hpp"
#include "tensor/math.hpp"

namespace dact::cuda {

/// A contiguous tensor around one axis: [outer, n, inner].
struct Axis {
  std::int64_t n, inner;
};

/// y[o, p, j] = x[o, pick[o, p, j], j], p < k
template <class Bits>
struct GatherKernel {
  const Bits* x;
  const std::int64_t* pick;
  Bits* y;
  std::int64_t k;
  Axis axis;
  DACT_INLINE void operator()(std::int64_t r) const {
    const Split j = split(r, axis.inner), o = split(j.quotient, k);
    y[r] = x[(o.quotient * axis.n + pick[r]) * axis.inner + j.rest];
  }
};

/// y[o, p, j] = x[o, pick[p], j]
template <class Bits>
struct SelectKernel {
  const Bits* x;
  const std::int64_t* pick;
  Bits* y;
  std::int64_t k;
  Axis axis;
  DACT_INLINE void operator()(std::int64_t r) const {
    const Split j = split(r, axis.inner), o = split(j.quotient, k);
    y[r] = x[(o.quotient * axis.n + pick[o.rest]) * axis.inner + j.rest];
  }
};

/// y[o, d, j] = sum of src[o, s, j] over s = source[begin[d]] .. source[begin[d + 1] - 1], ascending from +0
struct ScatterKernel {
  const float* src;
  const std::int64_t *begin, *source;
  float* y;
  std::int64_t destinations, sources, inner;
  DACT_INLINE void operator()(std::int64_t r) const {
    const Split j = split(r, inner), o = split(j.quotient, destinations);
    float sum = 0.0f;
    for (std::int64_t s = begin[o.rest]; s < begin[o.rest + 1]; ++s)
      sum = sum + src[(o.quotient * sources + source[s]) * inner + j.rest];
    y[r] = sum;
  }
};

/// y[o, index[o, p, j], j] = +0 + g[o, p, j]; indices differ along the axis
struct ScatterUniqueKernel {
  const float* g;
  const std::int64_t* index;
  float* y;
  std::int64_t k;
  Axis axis;
  DACT_INLINE void operator()(std::int64_t r) const {
    const Split j = split(r, axis.inner), o = split(j.quotient, k);
    y[(o.quotient * axis.n + index[r]) * axis.inner + j.rest] = 0.0f + g[r];
  }
};

/// Order of sort as an integer: ascending, or descending, NaN last, -0 below +0.
DACT_INLINE std::uint32_t sort_key(float x, bool descending) {
  const std::uint32_t b = math::bits_of(x), up = b & math::kSign ? ~b : b | math::kSign;
  if (math::isnan(x)) return 0xffffffffu;
  return descending ? ~up : up;
}

/// Element i of a row goes to place p = number of elements before it, if p < k: stable, and one thread per element
/// needs no other. n comparisons an element.
struct SortKernel {
  const float* x;
  float* y;
  std::int64_t* index;
  std::int64_t k;
  Axis axis;
  bool descending;
  DACT_INLINE void operator()(std::int64_t e) const {
    const Split j = split(e, axis.inner), o = split(j.quotient, axis.n);
    const float* row = x + o.quotient * axis.n * axis.inner + j.rest;
    const std::uint32_t key = sort_key(row[o.rest * axis.inner], descending);
    std::int64_t place = 0;
    for (std::int64_t i = 0; i < axis.n; ++i) {
      const std::uint32_t other = sort_key(row[i * axis.inner], descending);
      place += other < key || (other == key && i < o.rest) ? 1 : 0;
    }
    if (place >= k) return;
    const std::int64_t to = (o.quotient * k + place) * axis.inner + j.rest;
    y[to] = row[o.rest * axis.inner];
    index[to] = o.rest;
  }
};

}  // namespace dact::cuda
