#include "tensor/math.hpp"
#include "tensor/ops/softmax/softmax.kernels.hpp"
#include "tensor/sum.hpp"

namespace dact {
namespace {

template <class T>
T largest(const T* x, std::int64_t n) {
  T m = x[0];
  for (std::int64_t i = 1; i < n; ++i) m = math::max(m, x[i]);
  return m;
}

}  // namespace

template <class T>
void softmax_row(const T* x, const T*, T* y, std::int64_t n) {
  const T m = largest(x, n);
  const T s = lane_sum<T>(n, [&](std::int64_t i) { return y[i] = math::exp(x[i] - m); });
  for (std::int64_t i = 0; i < n; ++i) y[i] = y[i] / s;
}

template <class T>
void softmax_grad_row(const T* y, const T* g, T* dx, std::int64_t n) {
  const T t = lane_sum<T>(n, [&](std::int64_t i) { return g[i] * y[i]; });
  for (std::int64_t i = 0; i < n; ++i) dx[i] = y[i] * (g[i] - t);
}

template <class T>
void log_softmax_row(const T* x, const T*, T* y, std::int64_t n) {
  const T m = largest(x, n);
  const T l = math::log(lane_sum<T>(n, [&](std::int64_t i) { return math::exp(x[i] - m); }));
  for (std::int64_t i = 0; i < n; ++i) y[i] = (x[i] - m) - l;
}

template <class T>
void log_softmax_grad_row(const T* y, const T* g, T* dx, std::int64_t n) {
  const T t = lane_sum<T>(n, [&](std::int64_t i) { return g[i]; });
  for (std::int64_t i = 0; i < n; ++i) {
    const T p = math::exp(y[i]) * t;
    dx[i] = g[i] - p;
  }
}

template <class T>
void logsumexp_row(const T* x, const T*, T* y, std::int64_t n) {
  const T m = largest(x, n);
  if (!math::isfinite(m)) {  // NaN; inf; -inf, the log of no probability at all
    *y = m;
    return;
  }
  *y = m + math::log(lane_sum<T>(n, [&](std::int64_t i) { return math::exp(x[i] - m); }));
}

#define DACT_INSTANTIATE(T)                                                 \
  template void softmax_row(const T*, const T*, T*, std::int64_t);          \
  template void softmax_grad_row(const T*, const T*, T*, std::int64_t);     \
  template void log_softmax_row(const T*, const T*, T*, std::int64_t);      \
  template void log_softmax_grad_row(const T*, const T*, T*, std::int64_t); \
  template void logsumexp_row(const T*, const T*, T*, std::int64_t);
DACT_INSTANTIATE(float)
DACT_INSTANTIATE(double)
#undef DACT_INSTANTIATE

}  // namespace dact
