// Body shared by the f32 copies (windows.simd.cpp) and the f64 oracle (windows.cpu.cpp).
#pragma once
#include "tensor/ops/image/pack.hpp"
#include "tensor/ops/image/windows.kernels.hpp"

namespace dact::DACT_ISA {
namespace {

// Sum of a window of rows x cols pixels; x at its first one. C = channels.
template <class V, class T>
DACT_INLINE V window_sum(const T* x, std::int64_t rows, std::int64_t row_stride, std::int64_t cols,
                         std::int64_t channels) {
  if (rows == 2 &&
      cols == 2) {  // the same tree: lanes 0..3 fold to (0 + 2) + (1 + 3); all -0 give +0
    const V a = load<V>(x) + load<V>(x + row_stride);
    const V b = load<V>(x + channels) + load<V>(x + row_stride + channels);
    return (a + b) + splat<V>(T(0));
  }
  std::int64_t at = 0, in_row = 0;
  return pack_sum<V>(rows * cols, [&](std::int64_t) {
    const V v = load<V>(x + at);
    at += channels;
    if (++in_row == cols) {
      in_row = 0;
      at += row_stride - cols * channels;
    }
    return v;
  });
}

// 1 / n where that is exact (n a power of two, so v * (1 / n) == v / n), else 0.
template <class T>
DACT_INLINE T exact_inverse(std::int64_t n) {
  return (n & (n - 1)) == 0 ? T(1) / static_cast<T>(n) : T(0);
}

// v / n: a division costs as much as ten multiplications.
template <class V, class T>
DACT_INLINE V divide(V v, std::int64_t n, T inverse) {
  if (inverse != T(0)) return v * splat<V>(inverse);
  return v / splat<V>(static_cast<T>(n));
}

// o: columns of y, c: channels
template <class T>
void mean_row_of(const MeanRow& s, const T* x, T* y) {
  for (std::int64_t o = 0; o < s.outputs; ++o, y += s.channels) {
    const T* window = x + s.begin[o] * s.channels;
    const std::int64_t cols = s.end[o] - s.begin[o], n = s.row_count * s.count[o];
    const T inverse = exact_inverse<T>(n);
    over_channels<T>(s.channels, [&]<class V>(std::int64_t c) {
      const V sum = window_sum<V>(window + c, s.rows, s.row_stride, cols, s.channels);
      store(y + c, divide(sum, n, inverse));
    });
  }
}

// w: columns of dx, c: channels; rows and columns of g ascending
template <class T>
void spread_row_of(const SpreadRow& s, const T* g, T* dx) {
  const T inverse = s.uniform ? exact_inverse<T>(s.uniform) : T(0);
  for (std::int64_t w = 0; w < s.inputs; ++w, dx += s.channels) {
    over_channels<T>(s.channels, [&]<class V>(std::int64_t c) {
      V acc{};
      for (std::int64_t r = 0; r < s.rows; ++r) {
        const T* row = g + r * s.row_stride + c;
        for (std::int64_t o = s.begin[w]; o < s.end[w]; ++o)
          acc = acc + divide(load<V>(row + o * s.channels), s.row_count[r] * s.count[o], inverse);
      }
      store(dx + c, acc);
    });
  }
}

}  // namespace
}  // namespace dact::DACT_ISA
