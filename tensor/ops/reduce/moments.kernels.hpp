#pragma once
#include <cstdint>

// mean[r], m2[r] of the n elements x[r * row_stride + i * stride], r < rows, by NUMERICS.md 5
// (moments.hpp). moments_rows: stride == 1 (elements side by side). moments_columns:
// row_stride == 1 (results side by side, as pixels of channels-last images).
#define DACT_DECLARE_MOMENTS                                                                  \
  void moments_rows_f32(const float* x, std::int64_t row_stride, std::int64_t n, float* mean, \
                        float* m2, std::int64_t rows);                                        \
  void moments_columns_f32(const float* x, std::int64_t stride, std::int64_t n, float* mean,  \
                           float* m2, std::int64_t rows);
namespace dact::isa_portable {
DACT_DECLARE_MOMENTS
}
namespace dact::isa_avx2 {
DACT_DECLARE_MOMENTS
}
namespace dact::isa_avx512 {
DACT_DECLARE_MOMENTS
}
namespace dact {
/// Any strides, plain: the definition. T = float, double.
template <class T>
void moments_plain(const T* x, std::int64_t row_stride, std::int64_t stride, std::int64_t n,
                   T* mean, T* m2, std::int64_t rows);
}  // namespace dact
