#pragma once
#include <cstdint>

// Dense runs. y_i = f(a_i, b_i), y of float, or of bool where f answers with one. d_i = g_i * df/da (side 0) or
// g_i * df/db (side 1). `id` is a BinaryId.
#define DACT_DECLARE_BINARY                                                                        \
  void binary_f32(int id, const float* a, const float* b, void* y, std::int64_t n);                \
  void binary_grad_f32(int id, int side, const float* g, const float* a, const float* b, float* d, \
                       std::int64_t n);
namespace dact::isa_portable {
DACT_DECLARE_BINARY
}
namespace dact::isa_avx2 {
DACT_DECLARE_BINARY
}
namespace dact::isa_avx512 {
DACT_DECLARE_BINARY
}
namespace dact {
/// T = double, int64_t, int32_t, uint8_t, bool.
template <class T>
void binary_plain(int id, const T* a, const T* b, void* y, std::int64_t n);
void binary_grad_f64(int id, int side, const double* g, const double* a, const double* b, double* d,
                     std::int64_t n);
}  // namespace dact
