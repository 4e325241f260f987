#pragma once
#include <cstdint>

// blend_rows: y[i] = chain over t < taps of weight[t] * x[t * stride + i], i < n. blend_columns: x
// [.., channels] a row of pixels; pixel o of y is the chain over the taps first[o] .. first[o + 1]
// - 1 of weight[t] * pixel begin[o] + t - first[o].
#define DACT_DECLARE_RESAMPLE(T)                                                                 \
  void blend_rows(const T* x, std::int64_t stride, std::int64_t taps, const float* weight, T* y, \
                  std::int64_t n);                                                               \
  void blend_columns(const T* x, std::int64_t channels, const std::int64_t* begin,               \
                     const std::int64_t* first, const float* weight, std::int64_t outputs, T* y);
namespace dact::isa_portable {
DACT_DECLARE_RESAMPLE(float)
}
namespace dact::isa_avx2 {
DACT_DECLARE_RESAMPLE(float)
}
namespace dact::isa_avx512 {
DACT_DECLARE_RESAMPLE(float)
}
namespace dact::f64_oracle {
DACT_DECLARE_RESAMPLE(double)
}
