// Body shared by the f32 copies (windows.simd.cpp) and the f64 oracle (windows.cpu.cpp).
#pragma once
#include "tensor/ops/image/pack.hpp"
#include "tensor/ops/image/windows.kernels.hpp"

namespace dact::DACT_ISA {
namespace {

// Sum of a window of rows x cols pixels; x at its first one.
template <class V, class T>
DACT_INLINE V window_sum(const T* x, std::int64_t rows, std::int64_t row_stride, std::int64_t cols,
                         std::int64_t channels) {
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

// The same for side x side pixels, side <= 4, in registers: cell k is lane k of the tree. Lanes
// begin at +0; here one +0 at the end does the same, since only a sum of nothing but -0 is -0.
template <class V, int side, class T>
DACT_INLINE V square_sum(const T* x, std::int64_t row_stride, std::int64_t channels) {
  V lane[kLanes];
  for (int r = 0; r < side; ++r)
    for (int c = 0; c < side; ++c) lane[r * side + c] = load<V>(x + r * row_stride + c * channels);
  for (int half = kLanes / 2; half > 0; half /= 2)
    for (int j = 0; j < half && j + half < side * side; ++j) lane[j] = lane[j] + lane[j + half];
  return lane[0] + V{};
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

// One output pixel; n: the divisor.
template <class T, class Sum>
DACT_INLINE void mean_pixel(std::int64_t channels, std::int64_t n, T* y, Sum&& sum) {
  const T inverse = exact_inverse<T>(n);
  over_channels<T>(channels, [&]<class V>(std::int64_t c) {
    store(y + c, divide(sum.template operator()<V>(c), n, inverse));
  });
}

// o: columns of y, c: channels
template <class T>
void mean_row_of(const MeanRow& s, const T* x, T* y) {
  for (std::int64_t o = 0; o < s.outputs; ++o, y += s.channels) {
    const T* at = x + s.begin[o] * s.channels;
    const std::int64_t cols = s.end[o] - s.begin[o], n = s.row_count * s.count[o];
    if (s.rows == 2 && cols == 2) {
      mean_pixel(s.channels, n, y, [&]<class V>(std::int64_t c) {
        return square_sum<V, 2>(at + c, s.row_stride, s.channels);
      });
    } else if (s.rows == 3 && cols == 3) {
      mean_pixel(s.channels, n, y, [&]<class V>(std::int64_t c) {
        return square_sum<V, 3>(at + c, s.row_stride, s.channels);
      });
    } else {
      mean_pixel(s.channels, n, y, [&]<class V>(std::int64_t c) {
        return window_sum<V>(at + c, s.rows, s.row_stride, cols, s.channels);
      });
    }
  }
}

// The usual case: one window without overlap, a divisor that is a power of two.
template <class T>
DACT_INLINE void spread_one(const T* g, std::int64_t channels, T inverse, T* dx) {
  over_channels<T>(channels, [&]<class V>(std::int64_t c) {
    store(dx + c, V{} + load<V>(g + c) * splat<V>(inverse));
  });
}

// w: columns of dx, c: channels; rows and columns of g ascending
template <class T>
void spread_row_of(const SpreadRow& s, const T* g, T* dx) {
  const T inverse = s.uniform ? exact_inverse<T>(s.uniform) : T(0);
  for (std::int64_t w = 0; w < s.inputs; ++w, dx += s.channels) {
    const std::int64_t begin = s.begin[w], end = s.end[w];
    if (inverse != T(0) && s.rows == 1 && end == begin + 1) {
      spread_one(g + begin * s.channels, s.channels, inverse, dx);
      continue;
    }
    over_channels<T>(s.channels, [&]<class V>(std::int64_t c) {
      V acc{};
      for (std::int64_t r = 0; r < s.rows; ++r) {
        const T* row = g + r * s.row_stride + c;
        for (std::int64_t o = begin; o < end; ++o)
          acc = acc + divide(load<V>(row + o * s.channels), s.row_count[r] * s.count[o], inverse);
      }
      store(dx + c, acc);
    });
  }
}

}  // namespace
}  // namespace dact::DACT_ISA
