#pragma once
#include <cstdint>

// One row of n values; w and b may be null.
//   forward    y = fma(x - mean, rstd w, b)
//   backward   gw = g w;  s1 = sum gw, s2 = sum gw (x - mean);  k1 = -rstd s1 / n, k2 = -rstd^3 s2 / n;
//              dx = fma(rstd, gw, fma(x - mean, k2, k1))
#define DACT_DECLARE_LAYER_NORM                                                                   \
  void layer_norm_row_f32(const float* x, float mean, float rstd, const float* w, const float* b, \
                          float* y, std::int64_t n);                                              \
  void layer_norm_row_grad_f32(const float* g, const float* x, float mean, float rstd,            \
                               const float* w, float* dx, std::int64_t n);
namespace dact::isa_portable {
DACT_DECLARE_LAYER_NORM
}
namespace dact::isa_avx2 {
DACT_DECLARE_LAYER_NORM
}
namespace dact::isa_avx512 {
DACT_DECLARE_LAYER_NORM
}
