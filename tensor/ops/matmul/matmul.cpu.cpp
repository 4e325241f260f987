#include <cmath>

#include "tensor/ops/matmul/matmul.kernels.hpp"
#include "tensor/parallel.hpp"

namespace dact::matmul_room {
namespace {

float fused(float a, float b, float c) { return std::fma(a, b, c); }
double fused(double a, double b, double c) { return a * b + c; }

}  // namespace

template <class T>
void product_plain(const T* a, const std::int64_t* a_step, const T* b, const std::int64_t* b_step,
                   T* y, std::int64_t m, std::int64_t n, std::int64_t k) {
  parallel_for(m, [&](std::int64_t i) {
    for (std::int64_t j = 0; j < n; ++j) {
      T acc = T(0);
      for (std::int64_t p = 0; p < k; ++p)
        acc = fused(a[i * a_step[0] + p * a_step[1]], b[p * b_step[0] + j * b_step[1]], acc);
      y[i * n + j] = acc;
    }
  });
}

template void product_plain(const float*, const std::int64_t*, const float*, const std::int64_t*,
                            float*, std::int64_t, std::int64_t, std::int64_t);
template void product_plain(const double*, const std::int64_t*, const double*, const std::int64_t*,
                            double*, std::int64_t, std::int64_t, std::int64_t);

}  // namespace dact::matmul_room
