#pragma once
#include <cstdint>

// y_i = fma(t_i, b_i - a_i, a_i), dense runs.
#define DACT_DECLARE_LERP \
  void lerp_f32(const float* a, const float* b, const float* t, float* y, std::int64_t n);
namespace dact::isa_portable {
DACT_DECLARE_LERP
}
namespace dact::isa_avx2 {
DACT_DECLARE_LERP
}
namespace dact::isa_avx512 {
DACT_DECLARE_LERP
}
namespace dact {
void lerp_f64(const double* a, const double* b, const double* t, double* y, std::int64_t n);
}
