#pragma once
#include <cstdint>

namespace dact::resize_u8_room {
inline constexpr int kPrecision =
    32 - 8 - 2;  // bits of a weight: bytes and sign leave that many in 32
}

// byte_rows: y[i] = sum over t < taps of weight[t] * x[t * stride + i], rounded, i < n.
// byte_columns: pixel o of y from the taps first[o] .. first[o + 1] - 1 of weight[t] * pixel
// begin[o] + t - first[o].
#define DACT_DECLARE_RESIZE_U8                                                                   \
  void byte_rows(const std::uint8_t* x, std::int64_t stride, std::int64_t taps,                  \
                 const std::int32_t* weight, std::uint8_t* y, std::int64_t n);                   \
  void byte_columns(const std::uint8_t* x, std::int64_t channels, const std::int64_t* begin,     \
                    const std::int64_t* first, const std::int32_t* weight, std::int64_t outputs, \
                    std::uint8_t* y);
namespace dact::isa_portable {
DACT_DECLARE_RESIZE_U8
}
namespace dact::isa_avx2 {
DACT_DECLARE_RESIZE_U8
}
namespace dact::isa_avx512 {
DACT_DECLARE_RESIZE_U8
}
