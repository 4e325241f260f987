#include <cstddef>

#include "tensor/inline.hpp"
#include "tensor/ops/resize_u8/resize_u8.kernels.hpp"

namespace dact::DACT_ISA {
namespace {

using Byte = std::uint8_t;

DACT_INLINE Byte byte_of(std::int32_t sum) {
  const std::int32_t v = sum >> resize_u8_room::kPrecision;
  return static_cast<Byte>(v < 0 ? 0 : (v > 255 ? 255 : v));
}

// `wide` neighbouring sums side by side.
template <std::size_t wide>
DACT_INLINE void blend_bytes(const Byte* x, std::int64_t stride, std::int64_t taps,
                             const std::int32_t* weight, Byte* y) {
  std::int32_t sum[wide];
  for (std::size_t k = 0; k < wide; ++k) sum[k] = 1 << (resize_u8_room::kPrecision - 1);
  for (std::int64_t t = 0; t < taps; ++t, x += stride)
    for (std::size_t k = 0; k < wide; ++k) sum[k] += weight[t] * x[k];
  for (std::size_t k = 0; k < wide; ++k) y[k] = byte_of(sum[k]);
}

template <std::size_t channels>
void narrow_columns(const Byte* x, const std::int64_t* begin, const std::int64_t* first,
                    const std::int32_t* weight, std::int64_t outputs, Byte* y) {
  constexpr auto stride = static_cast<std::int64_t>(channels);
  for (std::int64_t o = 0; o < outputs; ++o, y += channels)
    blend_bytes<channels>(x + begin[o] * stride, stride, first[o + 1] - first[o], weight + first[o],
                          y);
}

}  // namespace

void byte_rows(const std::uint8_t* x, std::int64_t stride, std::int64_t taps,
               const std::int32_t* weight, std::uint8_t* y, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + 64 <= n; i += 64) blend_bytes<64>(x + i, stride, taps, weight, y + i);
  for (; i < n; ++i) blend_bytes<1>(x + i, stride, taps, weight, y + i);
}

void byte_columns(const std::uint8_t* x, std::int64_t channels, const std::int64_t* begin,
                  const std::int64_t* first, const std::int32_t* weight, std::int64_t outputs,
                  std::uint8_t* y) {
  switch (channels) {
    case 1:
      return narrow_columns<1>(x, begin, first, weight, outputs, y);
    case 3:
      return narrow_columns<3>(x, begin, first, weight, outputs, y);
    case 4:
      return narrow_columns<4>(x, begin, first, weight, outputs, y);
    default:
      break;
  }
  for (std::int64_t o = 0; o < outputs; ++o)
    byte_rows(x + begin[o] * channels, channels, first[o + 1] - first[o], weight + first[o],
              y + o * channels, channels);
}

}  // namespace dact::DACT_ISA
