// The definition: each output is one chain (NUMERICS.md 3). Images are stored [B, H, W, C].
#include <algorithm>
#include <cmath>

#include "tensor/ops/conv2d/conv2d.kernels.hpp"
#include "tensor/parallel.hpp"
#include "tensor/sum.hpp"

namespace dact::conv2d_room {
namespace {

// b: batch, y x: output position, v u: input position, n: output channel, c: input channel in its
// group.
float fused(float a, float b, float c) { return std::fma(a, b, c); }
double fused(double a, double b, double c) { return a * b + c; }

std::int64_t weight_at(const Geometry& s, std::int64_t n, std::int64_t c, std::int64_t ky,
                       std::int64_t kx) {
  return ((n * s.in_group() + c) * s.kernel_h + ky) * s.kernel_w + kx;
}

/// Index of x[b, v, u, c] of n's group, or -1 outside the image.
std::int64_t input_at(const Geometry& s, std::int64_t b, std::int64_t y, std::int64_t x,
                      std::int64_t n, std::int64_t c, std::int64_t ky, std::int64_t kx) {
  const std::int64_t v = y * s.stride_h - s.padding_h + ky * s.dilation_h;
  const std::int64_t u = x * s.stride_w - s.padding_w + kx * s.dilation_w;
  if (v < 0 || v >= s.in_h || u < 0 || u >= s.in_w) return -1;
  return ((b * s.in_h + v) * s.in_w + u) * s.in_c + n / s.out_group() * s.in_group() + c;
}

template <class T>
T output(const Geometry& s, const T* in, const T* w, std::int64_t b, std::int64_t y, std::int64_t x,
         std::int64_t n) {
  T acc = T(0);
  for (std::int64_t ky = 0; ky < s.kernel_h; ++ky)
    for (std::int64_t kx = 0; kx < s.kernel_w; ++kx) {
      const std::int64_t at = input_at(s, b, y, x, n, 0, ky, kx);
      const T* weight = w + weight_at(s, n, 0, ky, kx);
      for (std::int64_t c = 0; c < s.in_group(); ++c, weight += s.kernel_h * s.kernel_w)
        acc = fused(at < 0 ? T(0) : in[at + c], *weight, acc);
    }
  return acc;
}

template <class T>
T input_gradient(const Geometry& s, const T* g, const T* w, std::int64_t b, std::int64_t v,
                 std::int64_t u, std::int64_t channel) {
  const std::int64_t group = channel / s.in_group(), c = channel % s.in_group();
  T acc = T(0);
  for (std::int64_t ky = 0; ky < s.kernel_h; ++ky)
    for (std::int64_t kx = 0; kx < s.kernel_w; ++kx) {
      const std::int64_t y = v + s.padding_h - ky * s.dilation_h;
      const std::int64_t x = u + s.padding_w - kx * s.dilation_w;
      if (y < 0 || y % s.stride_h != 0 || y / s.stride_h >= s.out_h) continue;
      if (x < 0 || x % s.stride_w != 0 || x / s.stride_w >= s.out_w) continue;
      const T* row = g + ((b * s.out_h + y / s.stride_h) * s.out_w + x / s.stride_w) * s.out_c;
      for (std::int64_t n = group * s.out_group(); n < (group + 1) * s.out_group(); ++n)
        acc = fused(row[n], w[weight_at(s, n, c, ky, kx)], acc);
    }
  return acc;
}

/// One sample, positions in chunks of 1024.
template <class T>
T weight_gradient_of(const Geometry& s, const T* g, const T* in, std::int64_t b, std::int64_t n,
                     std::int64_t c, std::int64_t ky, std::int64_t kx) {
  const std::int64_t positions = s.out_h * s.out_w;
  T sum = T(0);
  for (std::int64_t from = 0; from < positions; from += kChunk) {
    T acc = T(0);
    for (std::int64_t p = from; p < std::min(positions, from + kChunk); ++p) {
      const std::int64_t at = input_at(s, b, p / s.out_w, p % s.out_w, n, c, ky, kx);
      acc = fused(g[(b * positions + p) * s.out_c + n], at < 0 ? T(0) : in[at], acc);
    }
    sum = sum + acc;
  }
  return sum;
}

}  // namespace

template <class T>
void forward_plain(const Geometry& s, const T* in, const T* w, const T* bias, T* out) {
  parallel_for(s.batch * s.out_h, [&](std::int64_t row) {
    for (std::int64_t x = 0; x < s.out_w; ++x)
      for (std::int64_t n = 0; n < s.out_c; ++n) {
        const T acc = output(s, in, w, row / s.out_h, row % s.out_h, x, n);
        out[(row * s.out_w + x) * s.out_c + n] = bias ? acc + bias[n] : acc;
      }
  });
}

template <class T>
void data_gradient_plain(const Geometry& s, const T* g, const T* w, T* dx) {
  parallel_for(s.batch * s.in_h, [&](std::int64_t row) {
    for (std::int64_t u = 0; u < s.in_w; ++u)
      for (std::int64_t c = 0; c < s.in_c; ++c)
        dx[(row * s.in_w + u) * s.in_c + c] =
            input_gradient(s, g, w, row / s.in_h, row % s.in_h, u, c);
  });
}

template <class T>
void weight_gradient_plain(const Geometry& s, const T* g, const T* in, T* dw) {
  parallel_for(s.out_c, [&](std::int64_t n) {
    for (std::int64_t c = 0; c < s.in_group(); ++c)
      for (std::int64_t ky = 0; ky < s.kernel_h; ++ky)
        for (std::int64_t kx = 0; kx < s.kernel_w; ++kx) {
          T total = T(0);
          for (std::int64_t b = 0; b < s.batch; ++b)
            total = total + weight_gradient_of(s, g, in, b, n, c, ky, kx);
          dw[weight_at(s, n, c, ky, kx)] = total;
        }
  });
}

template <class T>
void bias_gradient_plain(const T* g, std::int64_t batch, std::int64_t rows, std::int64_t channels,
                         T* db) {
  for (std::int64_t n = 0; n < channels; ++n) {
    T total = T(0);
    for (std::int64_t b = 0; b < batch; ++b) {
      T sum = T(0);
      for (std::int64_t from = 0; from < rows; from += kChunk) {
        T acc = T(0);
        for (std::int64_t r = from; r < std::min(rows, from + kChunk); ++r)
          acc = acc + g[(b * rows + r) * channels + n];
        sum = sum + acc;
      }
      total = total + sum;
    }
    db[n] = total;
  }
}

#define DACT_INSTANTIATE(T)                                                       \
  template void forward_plain(const Geometry&, const T*, const T*, const T*, T*); \
  template void data_gradient_plain(const Geometry&, const T*, const T*, T*);     \
  template void weight_gradient_plain(const Geometry&, const T*, const T*, T*);   \
  template void bias_gradient_plain(const T*, std::int64_t, std::int64_t, std::int64_t, T*);
DACT_INSTANTIATE(float)
DACT_INSTANTIATE(double)
#undef DACT_INSTANTIATE

}  // namespace dact::conv2d_room
