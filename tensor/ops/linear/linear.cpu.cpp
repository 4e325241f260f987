#include <cmath>

#include "tensor/ops/linear/linear.kernels.hpp"
#include "tensor/parallel.hpp"

namespace dact::linear_room {
namespace {

float fused(float a, float b, float c) { return std::fma(a, b, c); }
double fused(double a, double b, double c) { return a * b + c; }

}  // namespace

template <class T>
void forward_plain(const T* x, const T* w, const T* bias, T* y, std::int64_t rows, std::int64_t in,
                   std::int64_t out) {
  parallel_for(rows, [&](std::int64_t r) {
    for (std::int64_t n = 0; n < out; ++n) {
      T acc = T(0);
      for (std::int64_t k = 0; k < in; ++k) acc = fused(x[r * in + k], w[n * in + k], acc);
      y[r * out + n] = bias ? acc + bias[n] : acc;
    }
  });
}

template <class T>
void data_gradient_plain(const T* g, const T* w, T* dx, std::int64_t rows, std::int64_t in,
                         std::int64_t out) {
  parallel_for(rows, [&](std::int64_t r) {
    for (std::int64_t k = 0; k < in; ++k) {
      T acc = T(0);
      for (std::int64_t n = 0; n < out; ++n) acc = fused(g[r * out + n], w[n * in + k], acc);
      dx[r * in + k] = acc;
    }
  });
}

#define DACT_INSTANTIATE(T)                                                                 \
  template void forward_plain(const T*, const T*, const T*, T*, std::int64_t, std::int64_t, \
                              std::int64_t);                                                \
  template void data_gradient_plain(const T*, const T*, T*, std::int64_t, std::int64_t,     \
                                    std::int64_t);
DACT_INSTANTIATE(float)
DACT_INSTANTIATE(double)
#undef DACT_INSTANTIATE

}  // namespace dact::linear_room
