#include "tensor/ops/reduce/lanes.hpp"
#include "tensor/ops/sum/sum.kernels.hpp"

namespace dact::DACT_ISA {

void sum_rows_f32(const float* x, std::int64_t row_stride, std::int64_t n, float* y, std::int64_t rows) {
  for (std::int64_t r = 0; r < rows; ++r, x += row_stride)
    y[r] = sum_of_row(n, [&](std::int64_t i) { return load_lanes(x + i); }, [&](std::int64_t i) { return x[i]; });
}

void sum_columns_f32(const float* x, std::int64_t stride, std::int64_t n, float* y, std::int64_t rows) {
  std::int64_t r = 0;
  for (; r + kLanes <= rows; r += kLanes)
    store_lanes(y + r, sum_of_columns(n, [&](std::int64_t i) { return load_lanes(x + r + i * stride); }));
  for (; r < rows; ++r) y[r] = lane_sum<float>(n, [&](std::int64_t i) { return x[r + i * stride]; });
}

}  // namespace dact::DACT_ISA
