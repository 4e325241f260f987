#include "tensor/ops/reduce/moments.hpp"

#include "tensor/ops/reduce/moments.kernels.hpp"

namespace dact {

template <class T>
void moments_plain(const T* x, std::int64_t row_stride, std::int64_t stride, std::int64_t n,
                   T* mean, T* m2, std::int64_t rows) {
  for (std::int64_t r = 0; r < rows; ++r) {
    const auto m = moments<T>(n, [&](std::int64_t i) { return x[r * row_stride + i * stride]; });
    mean[r] = m.mean;
    m2[r] = m.m2;
  }
}
template void moments_plain(const float*, std::int64_t, std::int64_t, std::int64_t, float*, float*,
                            std::int64_t);
template void moments_plain(const double*, std::int64_t, std::int64_t, std::int64_t, double*,
                            double*, std::int64_t);

}  // namespace dact
