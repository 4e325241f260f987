#include <cmath>

#include "tensor/math.hpp"
#include "tensor/ops/attention/attention.kernels.hpp"
#include "tensor/sum.hpp"

namespace dact::attention_room {
namespace {

float fused(float a, float b, float c) { return std::fma(a, b, c); }
double fused(double a, double b, double c) { return a * b + c; }

// i runs over keys, t over queries, d over the width of a head.
template <class T>
void softmax_row(T* x, std::int64_t n, T scale, const T* mask, std::int64_t mask_step) {
  T largest = -static_cast<T>(INFINITY);
  for (std::int64_t i = 0; i < n; ++i) {
    x[i] = x[i] * scale;
    if (mask) x[i] = x[i] + mask[i * mask_step];
    if (!(x[i] <= largest)) largest = x[i];  // a NaN wins, whatever comes after it
    if (largest != largest) break;
  }
  if (largest != largest) {
    for (std::int64_t i = 0; i < n; ++i) x[i] = largest;
    return;
  }
  const T sum = lane_sum<T>(n, [&](std::int64_t i) { return x[i] = math::exp(x[i] - largest); });
  for (std::int64_t i = 0; i < n; ++i) x[i] = x[i] / sum;
}

}  // namespace

template <class T>
void softmax_plain(const Scores<T>& s) {
  for (std::int64_t r = 0; r < s.rows; ++r)
    softmax_row(s.data + r * s.keys, s.keys, s.scale, s.mask ? s.mask + r * s.mask_row : nullptr,
                s.mask_column);
}

template <class T>
void forward_plain(const Head<T>& h, T* p) {
  for (std::int64_t t = 0; t < h.queries; ++t) {
    for (std::int64_t i = 0; i < h.keys; ++i) {
      T acc = T(0);
      for (std::int64_t d = 0; d < h.width; ++d)
        acc = fused(h.q[t * h.q_step + d], h.k[i * h.k_step + d], acc);
      p[i] = acc;
    }
    softmax_row(p, h.keys, h.scale, h.mask ? h.mask + t * h.mask_row : nullptr, h.mask_column);
    for (std::int64_t e = 0; e < h.value_width; ++e) {
      T acc = T(0);
      for (std::int64_t i = 0; i < h.keys; ++i) acc = fused(p[i], h.v[i * h.v_step + e], acc);
      h.out[t * h.out_step + e] = acc;
    }
  }
}

template <class T>
void score_gradient_plain(const T* p, T* dp, std::int64_t rows, std::int64_t keys, T scale) {
  for (std::int64_t r = 0; r < rows; ++r, p += keys, dp += keys) {
    const T dot = lane_sum<T>(keys, [&](std::int64_t i) { return p[i] * dp[i]; });
    for (std::int64_t i = 0; i < keys; ++i) dp[i] = p[i] * (dp[i] - dot) * scale;
  }
}

#define DACT_INSTANTIATE(T)                        \
  template void softmax_plain(const Scores<T>&);   \
  template void forward_plain(const Head<T>&, T*); \
  template void score_gradient_plain(const T*, T*, std::int64_t, std::int64_t, T);
DACT_INSTANTIATE(float)
DACT_INSTANTIATE(double)
#undef DACT_INSTANTIATE

}  // namespace dact::attention_room
