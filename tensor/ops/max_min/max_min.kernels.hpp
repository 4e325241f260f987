#pragma once
#include <cstdint>

// index[r] = where the winner of x[r * row_stride + i * stride], i < n, stands; least: the smallest
// wins. NUMERICS.md 8: NaN wins, +0 > -0, the first of equals. 1 <= n < 2^31.
// winner_rows: stride == 1 (elements side by side). winner_columns: row_stride == 1.
#define DACT_DECLARE_WINNER                                                                 \
  void winner_rows_f32(bool least, const float* x, std::int64_t row_stride, std::int64_t n, \
                       std::int64_t* index, std::int64_t rows);                             \
  void winner_columns_f32(bool least, const float* x, std::int64_t stride, std::int64_t n,  \
                          std::int64_t* index, std::int64_t rows);
namespace dact::isa_portable {
DACT_DECLARE_WINNER
}
namespace dact::isa_avx2 {
DACT_DECLARE_WINNER
}
namespace dact::isa_avx512 {
DACT_DECLARE_WINNER
}
namespace dact {
/// a wins against b, which came first. T = float, double, integers.
template <class T>
bool wins(bool least, T a, T b);
/// Any strides, plain: the definition.
template <class T>
void winner_plain(bool least, const T* x, std::int64_t row_stride, std::int64_t stride,
                  std::int64_t n, std::int64_t* index, std::int64_t rows);
}  // namespace dact
