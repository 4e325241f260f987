#pragma once
#include <cstdint>

// Dense runs from f32 to another dtype and back; `dtype` is the number of that other DType.
#define DACT_DECLARE_CONVERT                                                 \
  void convert_from_f32(int dtype, const float* x, void* y, std::int64_t n); \
  void convert_into_f32(int dtype, const void* x, float* y, std::int64_t n);
namespace dact::isa_portable {
DACT_DECLARE_CONVERT
}
namespace dact::isa_avx2 {
DACT_DECLARE_CONVERT
}
namespace dact::isa_avx512 {
DACT_DECLARE_CONVERT
}
