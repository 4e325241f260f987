#pragma once
#include <cstdint>

// Dense runs. y_i = f(x_i), y of float, or of bool where f answers with one; dx_i = df(g_i, x_i, y_i). `id` is a
// UnaryId.
#define DACT_DECLARE_UNARY                                                               \
  void unary_f32(int id, const float* x, void* y, std::int64_t n, double a, double b);   \
  void unary_grad_f32(int id, const float* g, const float* x, const float* y, float* dx, \
                      std::int64_t n, double a, double b);
namespace dact::isa_portable {
DACT_DECLARE_UNARY
}
namespace dact::isa_avx2 {
DACT_DECLARE_UNARY
}
namespace dact::isa_avx512 {
DACT_DECLARE_UNARY
}
namespace dact {
void unary_f64(int id, const double* x, void* y, std::int64_t n, double a, double b);
void unary_grad_f64(int id, const double* g, const double* x, const double* y, double* dx,
                    std::int64_t n, double a, double b);
}  // namespace dact
