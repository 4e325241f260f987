#include <type_traits>

#include "tensor/math.hpp"
#include "tensor/ops/max_min/max_min.kernels.hpp"

namespace dact {

template <class T>
bool wins(bool least, T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (math::isnan(b)) return false;
    if (math::isnan(a)) return true;
    if (a == b)
      return least ? math::signbit(a) && !math::signbit(b)  // only zeros differ so
                   : math::signbit(b) && !math::signbit(a);
  }
  return least ? a < b : a > b;
}

template <class T>
void winner_plain(bool least, const T* x, std::int64_t row_stride, std::int64_t stride,
                  std::int64_t n, std::int64_t* index, std::int64_t rows) {
  for (std::int64_t r = 0; r < rows; ++r, x += row_stride) {
    std::int64_t best = 0;
    for (std::int64_t i = 1; i < n; ++i)
      if (wins(least, x[i * stride], x[best * stride])) best = i;
    index[r] = best;
  }
}

#define DACT_INSTANTIATE(T)                                                            \
  template bool wins(bool, T, T);                                                      \
  template void winner_plain(bool, const T*, std::int64_t, std::int64_t, std::int64_t, \
                             std::int64_t*, std::int64_t);
DACT_INSTANTIATE(float)
DACT_INSTANTIATE(double)
DACT_INSTANTIATE(std::int64_t)
DACT_INSTANTIATE(std::int32_t)
DACT_INSTANTIATE(std::uint8_t)
#undef DACT_INSTANTIATE

}  // namespace dact
