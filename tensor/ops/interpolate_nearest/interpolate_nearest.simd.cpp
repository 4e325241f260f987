#include "tensor/inline.hpp"
#include "tensor/ops/interpolate_nearest/interpolate_nearest.kernels.hpp"

namespace dact::DACT_ISA {
namespace {

using Byte = unsigned char;
constexpr std::int64_t kBlock = 64;

// Pixels of a size known here: one move each.
template <int bytes>
void copy_narrow(const Byte* x, const std::int64_t* source, std::int64_t outputs, Byte* y) {
  for (std::int64_t o = 0; o < outputs; ++o)
    __builtin_memcpy(y + o * bytes, x + source[o] * bytes, bytes);
}

// bytes >= kBlock: whole blocks, the last one overlapping.
DACT_INLINE void copy_wide(const Byte* x, std::int64_t bytes, Byte* y) {
  for (std::int64_t i = 0; i + kBlock <= bytes; i += kBlock) __builtin_memcpy(y + i, x + i, kBlock);
  if (bytes % kBlock != 0) __builtin_memcpy(y + bytes - kBlock, x + bytes - kBlock, kBlock);
}

}  // namespace

void copy_pixels(const unsigned char* x, std::int64_t bytes, const std::int64_t* source,
                 std::int64_t outputs, unsigned char* y) {
  switch (bytes) {  // 1 .. 4 channels of the usual dtypes
    case 1:
      return copy_narrow<1>(x, source, outputs, y);
    case 3:
      return copy_narrow<3>(x, source, outputs, y);
    case 4:
      return copy_narrow<4>(x, source, outputs, y);
    case 8:
      return copy_narrow<8>(x, source, outputs, y);
    case 12:
      return copy_narrow<12>(x, source, outputs, y);
    case 16:
      return copy_narrow<16>(x, source, outputs, y);
    default:
      break;
  }
  for (std::int64_t o = 0; o < outputs; ++o) {
    const unsigned char* from = x + source[o] * bytes;
    if (bytes >= kBlock)
      copy_wide(from, bytes, y + o * bytes);
    else
      __builtin_memcpy(y + o * bytes, from, static_cast<unsigned long>(bytes));
  }
}

}  // namespace dact::DACT_ISA
