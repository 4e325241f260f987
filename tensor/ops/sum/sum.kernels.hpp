#pragma once
#include <cstdint>

// y[r] = sum over i < n of m(x[r * row_stride + i * stride]), r < rows, by the tree of NUMERICS.md 4.
// sum_rows: stride == 1 (elements side by side). sum_columns: row_stride == 1 (results side by side)
// and n <= 1024; sum.cpp cuts longer ones into chunks and sums their results in turn. map: a SumMap.
#define DACT_DECLARE_SUM                                                                        \
  void sum_rows_f32(int map, const float* x, std::int64_t row_stride, std::int64_t n, float* y, \
                    std::int64_t rows);                                                         \
  void sum_columns_f32(int map, const float* x, std::int64_t stride, std::int64_t n, float* y,  \
                       std::int64_t rows);
namespace dact::isa_portable {
DACT_DECLARE_SUM
}
namespace dact::isa_avx2 {
DACT_DECLARE_SUM
}
namespace dact::isa_avx512 {
DACT_DECLARE_SUM
}
namespace dact {
/// m: what is summed of each element.
enum class SumMap { value, abs, square };
/// Any strides, plain: the definition. T = float, double.
template <class T>
void sum_plain(SumMap map, const T* x, std::int64_t row_stride, std::int64_t stride, std::int64_t n,
               T* y, std::int64_t rows);
/// Integers into i64, wrapping.
template <class T>
void sum_integers(const T* x, std::int64_t row_stride, std::int64_t stride, std::int64_t n,
                  std::int64_t* y, std::int64_t rows);
}  // namespace dact
