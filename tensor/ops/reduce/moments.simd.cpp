#include "tensor/ops/reduce/columns.hpp"
#include "tensor/ops/reduce/moments.kernels.hpp"

namespace dact::DACT_ISA {

void moments_rows_f32(const float* x, std::int64_t row_stride, std::int64_t n, float* mean,
                      float* m2, std::int64_t rows) {
  for (std::int64_t r = 0; r < rows; ++r, x += row_stride) {
    const auto m = moments_of_row(
        n, [&](std::int64_t i) { return load_lanes(x + i); }, [&](std::int64_t i) { return x[i]; });
    mean[r] = m.mean;
    m2[r] = m.m2;
  }
}

void moments_columns_f32(const float* x, std::int64_t stride, std::int64_t n, float* mean,
                         float* m2, std::int64_t rows) {
  for (std::int64_t r = 0; r < rows; r += kStrip) {
    const int width = static_cast<int>(rows - r < kStrip ? rows - r : kStrip);
    moments_of_strip(x + r, stride, n, width, mean + r, m2 + r);
  }
}

}  // namespace dact::DACT_ISA
