// What the norms over channels-last images share: the view as pixels x channels, and sums over pixels per channel.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "tensor/ops/norm/norm.kernels.hpp"
#include "tensor/parallel.hpp"
#include "tensor/sum.hpp"
#include "tensor/tensor.hpp"

namespace dact::norm {

/// Strides that put axis 1 innermost, the others row-major: channels-last for any rank >= 2.
Strides channels_innermost(const Shape& shape);

/// x [B, C, ...] as dense memory [B, P, C], a copy unless it already lies so.
struct Pixels {
  Tensor x;
  std::int64_t batch, pixels, channels;
};
Pixels as_pixels(const Tensor& x);

/// y, with what it is made of, is larger than the caches: storing it there would read it first and drive x out.
inline bool is_streamed(const Tensor& y) {
  constexpr std::size_t kBytes = std::size_t{16} << 20;
  return y.storage()->bytes() >= kBytes;
}

/// s1[n, c] and s2[n, c] over the pixels of each sample, by the tree of NUMERICS.md 4 (norm.kernels.hpp, sums).
/// mean is per [n, c] (stride c) or shared by all samples (mean_step 0).
template <class T>
void sums_per_channel(const T* gv, const T* x, const T* mean, std::int64_t mean_step,
                      std::int64_t batch, std::int64_t pixels, std::int64_t c, T* s1, T* s2) {
  const std::int64_t chunks = (pixels + kChunk - 1) / kChunk;
  std::vector<T> parts(static_cast<std::size_t>(2 * batch * chunks * c));
  T *p1 = parts.data(), *p2 = p1 + batch * chunks * c;
  parallel_for(batch * chunks, [&](std::int64_t piece) {
    const std::int64_t n = piece / chunks, from = piece % chunks * kChunk;
    const std::int64_t at = (n * pixels + from) * c;
    chunk_sums(gv + at, x + at, mean + n * mean_step, p1 + piece * c, p2 + piece * c,
               std::min(kChunk, pixels - from), c);
  });
  // the chunk results are a new sequence under the same rule, until one is left
  const auto fold = [&](const T* part, T* out) {
    for (std::int64_t i = 0; i < batch * c; ++i) {
      const T* first = part + i / c * chunks * c + i % c;
      out[i] =
          chunks == 1 ? *first : lane_sum<T>(chunks, [&](std::int64_t k) { return first[k * c]; });
    }
  };
  fold(p1, s1);
  fold(p2, s2);
}

}  // namespace dact::norm
