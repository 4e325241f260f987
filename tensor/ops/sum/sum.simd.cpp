#include "tensor/ops/reduce/columns.hpp"
#include "tensor/ops/sum/sum.kernels.hpp"

namespace dact::DACT_ISA {
namespace {

// m(x) for a number or a vector.
template <int map, class V>
DACT_INLINE V mapped(V x) {
  if constexpr (map == static_cast<int>(SumMap::square)) return x * x;
  if constexpr (map == static_cast<int>(SumMap::abs)) return x < 0.0f ? -x : x + 0.0f;  // -0 -> +0
  return x;
}

template <int map>
void rows(const float* x, std::int64_t row_stride, std::int64_t n, float* y, std::int64_t count) {
  for (std::int64_t r = 0; r < count; ++r, x += row_stride)
    y[r] = sum_of_row(
        n,
        [&](std::int64_t i) {
          return each_part(load_lanes(x + i), [](Part v) { return mapped<map>(v); });
        },
        [&](std::int64_t i) { return mapped<map>(x[i]); });
}

template <int map>
void columns(const float* x, std::int64_t stride, std::int64_t n, float* y, std::int64_t count) {
  for (std::int64_t r = 0; r < count; r += kStrip) {
    const int width = static_cast<int>(count - r < kStrip ? count - r : kStrip);
    chunk_of_strip(x + r, stride, n, width, y + r, [](auto v, int) { return mapped<map>(v); });
  }
}

}  // namespace

void sum_rows_f32(int map, const float* x, std::int64_t row_stride, std::int64_t n, float* y,
                  std::int64_t count) {
  switch (static_cast<SumMap>(map)) {
    case SumMap::value:
      return rows<0>(x, row_stride, n, y, count);
    case SumMap::abs:
      return rows<1>(x, row_stride, n, y, count);
    case SumMap::square:
      return rows<2>(x, row_stride, n, y, count);
  }
}

void sum_columns_f32(int map, const float* x, std::int64_t stride, std::int64_t n, float* y,
                     std::int64_t count) {
  switch (static_cast<SumMap>(map)) {
    case SumMap::value:
      return columns<0>(x, stride, n, y, count);
    case SumMap::abs:
      return columns<1>(x, stride, n, y, count);
    case SumMap::square:
      return columns<2>(x, stride, n, y, count);
  }
}

}  // namespace dact::DACT_ISA
