#pragma once
#include <cstdint>

// One contiguous row of n >= 1 elements each (RowKernel). The gradients take (y, g, dx, n);
// logsumexp writes one number. softmax_columns: a ColumnKernel (reduce/rows.hpp), n <= 1024.
#define DACT_ROW(name) void name(const float* a, const float* b, float* y, std::int64_t n);
#define DACT_DECLARE_SOFTMAX                                                              \
  DACT_ROW(softmax_row_f32)                                                               \
  DACT_ROW(softmax_grad_row_f32)                                                          \
  DACT_ROW(log_softmax_row_f32)                                                           \
  DACT_ROW(log_softmax_grad_row_f32)                                                      \
  DACT_ROW(logsumexp_row_f32)                                                             \
  void softmax_columns_f32(const float* a, const float* b, float* y, std::int64_t stride, \
                           std::int64_t n, std::int64_t rows);
namespace dact::isa_portable {
DACT_DECLARE_SOFTMAX
}
namespace dact::isa_avx2 {
DACT_DECLARE_SOFTMAX
}
namespace dact::isa_avx512 {
DACT_DECLARE_SOFTMAX
}
#undef DACT_ROW
namespace dact {
/// Plain: the definition. T = float, double.
template <class T>
void softmax_row(const T* x, const T*, T* y, std::int64_t n);
template <class T>
void softmax_grad_row(const T* y, const T* g, T* dx, std::int64_t n);
template <class T>
void log_softmax_row(const T* x, const T*, T* y, std::int64_t n);
template <class T>
void log_softmax_grad_row(const T* y, const T* g, T* dx, std::int64_t n);
template <class T>
void logsumexp_row(const T* x, const T*, T* y, std::int64_t n);
}  // namespace dact
