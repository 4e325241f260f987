#pragma once
#include <cstdint>

// y: `outputs` pixels of `bytes` bytes, pixel o a copy of pixel source[o] of x.
#define DACT_DECLARE_NEAREST                                                               \
  void copy_pixels(const unsigned char* x, std::int64_t bytes, const std::int64_t* source, \
                   std::int64_t outputs, unsigned char* y);
namespace dact::isa_portable {
DACT_DECLARE_NEAREST
}
namespace dact::isa_avx2 {
DACT_DECLARE_NEAREST
}
namespace dact::isa_avx512 {
DACT_DECLARE_NEAREST
}
