#include "tensor/math.hpp"
#include "tensor/ops/reduce/columns.hpp"
#include "tensor/ops/softmax/softmax.kernels.hpp"

namespace dact::DACT_ISA {
namespace {

// NaN wins, as in math::max; the sign of a zero does not matter to what follows.
float largest(const float* x, std::int64_t n) {
  Part best[kParts];
  for (Part& b : best) b = Part{} - __builtin_inff();
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
#pragma GCC unroll 4
    for (int p = 0; p < kParts; ++p) {
      const Part v = load_part(x + i + p * kPart);
      best[p] = v > best[p] ? v : best[p];
      best[p] = v == v ? best[p] : v;
    }
  }
  float m = -__builtin_inff();
  for (const Part& b : best)
    for (int j = 0; j < kPart; ++j) m = math::max(m, b[j]);
  for (; i < n; ++i) m = math::max(m, x[i]);
  return m;
}

// e_i = exp(x_i - m), a chunk at a time into e, and their sum; `advance`: keep all chunks.
DACT_INLINE float sum_of_exponentials(const float* __restrict__ x, float m, float* __restrict__ e,
                                      std::int64_t n, bool advance) {
  SumTree<float> tree;
  for (std::int64_t at = 0; at < n; at += kChunk) {
    const std::int64_t count = n - at < kChunk ? n - at : kChunk;
    float* to = advance ? e + at : e;
    for (std::int64_t i = 0; i < count; ++i) to[i] = math::exp(x[at + i] - m);
    const float s = chunk_of_rows(
        count, [&](std::int64_t i) { return load_lanes(to + i); },
        [&](std::int64_t i) { return to[i]; });
    if (n <= kChunk) return s;
    tree.push(s);
  }
  return tree.finish();
}

}  // namespace

void softmax_row_f32(const float* __restrict__ x, const float*, float* __restrict__ y,
                     std::int64_t n) {
  const float s = sum_of_exponentials(x, largest(x, n), y, n, true);
  for (std::int64_t i = 0; i < n; ++i) y[i] = y[i] / s;
}

void softmax_columns_f32(const float* __restrict__ x, const float*, float* __restrict__ y,
                         std::int64_t stride, std::int64_t n, std::int64_t rows) {
  float m[kStrip], s[kStrip];
  for (std::int64_t r = 0; r < rows; r += kStrip, x += kStrip, y += kStrip) {
    const int width = static_cast<int>(rows - r < kStrip ? rows - r : kStrip);
    for (int c = 0; c < width; ++c) m[c] = x[c];
    for (std::int64_t i = 1; i < n; ++i)
      for (int c = 0; c < width; ++c) m[c] = math::max(m[c], x[i * stride + c]);
    for (std::int64_t i = 0; i < n; ++i)
      for (int c = 0; c < width; ++c) y[i * stride + c] = math::exp(x[i * stride + c] - m[c]);
    chunk_of_strip(y, stride, n, width, s, [](auto v, int) { return v; });
    for (std::int64_t i = 0; i < n; ++i)
      for (int c = 0; c < width; ++c) y[i * stride + c] = y[i * stride + c] / s[c];
  }
}

void softmax_grad_row_f32(const float* __restrict__ y, const float* __restrict__ g,
                          float* __restrict__ dx, std::int64_t n) {
  const float t = sum_of_row(
      n, [&](std::int64_t i) { return load_lanes(g + i) * load_lanes(y + i); },
      [&](std::int64_t i) { return g[i] * y[i]; });
  for (std::int64_t i = 0; i < n; ++i) dx[i] = y[i] * (g[i] - t);
}

void log_softmax_row_f32(const float* __restrict__ x, const float*, float* __restrict__ y,
                         std::int64_t n) {
  float e[kChunk];
  const float m = largest(x, n), l = math::log(sum_of_exponentials(x, m, e, n, false));
  for (std::int64_t i = 0; i < n; ++i) y[i] = (x[i] - m) - l;
}

void log_softmax_grad_row_f32(const float* __restrict__ y, const float* __restrict__ g,
                              float* __restrict__ dx, std::int64_t n) {
  const float t = sum_of_row(
      n, [&](std::int64_t i) { return load_lanes(g + i); }, [&](std::int64_t i) { return g[i]; });
  for (std::int64_t i = 0; i < n; ++i) {
    const float p = math::exp(y[i]) * t;
    dx[i] = g[i] - p;
  }
}

void logsumexp_row_f32(const float* x, const float*, float* y, std::int64_t n) {
  const float m = largest(x, n);
  if (!math::isfinite(m)) {
    *y = m;
    return;
  }
  float e[kChunk];
  *y = m + math::log(sum_of_exponentials(x, m, e, n, false));
}

}  // namespace dact::DACT_ISA
