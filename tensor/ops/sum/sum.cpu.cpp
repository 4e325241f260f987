#include "tensor/sum.hpp"

#include "tensor/math.hpp"
#include "tensor/ops/sum/sum.kernels.hpp"

namespace dact {

template <class T>
void sum_plain(SumMap map, const T* x, std::int64_t row_stride, std::int64_t stride, std::int64_t n,
               T* y, std::int64_t rows) {
  for (std::int64_t r = 0; r < rows; ++r)
    y[r] = lane_sum<T>(n, [&](std::int64_t i) {
      const T v = x[r * row_stride + i * stride];
      return map == SumMap::value ? v : map == SumMap::abs ? math::abs(v) : v * v;
    });
}
template void sum_plain(SumMap, const float*, std::int64_t, std::int64_t, std::int64_t, float*,
                        std::int64_t);
template void sum_plain(SumMap, const double*, std::int64_t, std::int64_t, std::int64_t, double*,
                        std::int64_t);

template <class T>
void sum_integers(const T* x, std::int64_t row_stride, std::int64_t stride, std::int64_t n,
                  std::int64_t* y, std::int64_t rows) {
  for (std::int64_t r = 0; r < rows; ++r) {
    std::uint64_t total = 0;
    for (std::int64_t i = 0; i < n; ++i)
      total += static_cast<std::uint64_t>(x[r * row_stride + i * stride]);
    y[r] = static_cast<std::int64_t>(total);
  }
}
#define DACT_INSTANTIATE(T)                                                                     \
  template void sum_integers(const T*, std::int64_t, std::int64_t, std::int64_t, std::int64_t*, \
                             std::int64_t);
DACT_INSTANTIATE(std::int64_t)
DACT_INSTANTIATE(std::int32_t)
DACT_INSTANTIATE(std::uint8_t)
DACT_INSTANTIATE(bool)
#undef DACT_INSTANTIATE

}  // namespace dact
