// The yardstick of memory speed: c = a + s * b over 33 MB per array, more than the caches hold.
#pragma once
#include <cstdint>

#include "bench/peak.hpp"
#include "tensor/parallel.hpp"
#include "tensor/tensor.hpp"

namespace dact::bench {

inline constexpr std::int64_t kBig[4] = {1, 128, 256, 256};  // 33.5 MB of f32
inline constexpr std::int64_t kBigCount = kBig[1] * kBig[2] * kBig[3];

/// Seconds of `call()`: CPU time of this thread where it works alone (what other processes take does not count), else
/// the wall's.
template <class F>
double seconds_for(F&& call) {
  const bool one = thread_count() == 1;
  const double begin = one ? thread_seconds() : wall_seconds();
  call();
  return (one ? thread_seconds() : wall_seconds()) - begin;
}

/// One pass over three arrays of the size of the tensors under test, with the current thread count.
class Triad {
 public:
  /// Seconds of one pass.
  double pass() {
    const float *a = a_.data<float>(), *b = b_.data<float>();
    float* c = c_.mutate<float>();
    return seconds_for([&] {
      parallel_ranges(kBigCount, 8192, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) c[i] = a[i] + 0.5f * b[i];
      });
    });
  }
  /// Two reads and one write; that the write first reads its line is not counted, here as for the operators.
  static constexpr double bytes() { return 12.0 * static_cast<double>(kBigCount); }

 private:
  Tensor a_ = full({kBigCount}, 1), b_ = full({kBigCount}, 2), c_ = full({kBigCount}, 0);
};

}  // namespace dact::bench
