// Memory bandwidth of this machine in this minute: what every `triad_ratio` is measured against.
#pragma once
#include <algorithm>
#include <cstdint>

#include "bench/peak.hpp"
#include "tensor/parallel.hpp"
#include "tensor/tensor.hpp"

namespace dact::bench {

/// Seconds of `call()`: CPU time of one thread, the wall's of several.
template <class F>
double seconds_for(F&& call) {
  const bool one = thread_count() == 1;
  const double begin = one ? thread_seconds() : wall_seconds();
  call();
  return (one ? thread_seconds() : wall_seconds()) - begin;
}

/// Bytes per second of a[i] = b[i] + s c[i] over arrays of 33 MB (2 reads + 1 write, as STREAM counts), the median of 5.
inline double triad_bytes_per_second() {
  constexpr std::int64_t n = 33'000'000 / 4;
  static Tensor a = zeros({n});
  static const Tensor b = full({n}, 1), c = full({n}, 2);
  float* __restrict__ pa = a.mutate<float>();
  const float* __restrict__ pb = b.data<float>(), * __restrict__ pc = c.data<float>();
  double took[5];
  for (double& t : took)
    t = seconds_for([&] {
      parallel_ranges(n, 16384, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) pa[i] = pb[i] + 3.0f * pc[i];
      });
    });
  std::sort(took, took + 5);
  return 12.0 * static_cast<double>(n) / took[2];
}

}  // namespace dact::bench
