#include "tensor/inline.hpp"
#include "tensor/ops/where/where.kernels.hpp"

namespace dact::DACT_ISA {
namespace {

template <class Bits>
DACT_INLINE void choose(const bool* c, const Bits* a, const Bits* b, Bits* y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const Bits from_a = a[i], from_b = b[i];
    y[i] = c[i] ? from_a : from_b;
  }
}

}  // namespace

void where_1(const bool* c, const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* y,
             std::int64_t n) {
  choose(c, a, b, y, n);
}
void where_2(const bool* c, const std::uint16_t* a, const std::uint16_t* b, std::uint16_t* y,
             std::int64_t n) {
  choose(c, a, b, y, n);
}
void where_4(const bool* c, const std::uint32_t* a, const std::uint32_t* b, std::uint32_t* y,
             std::int64_t n) {
  choose(c, a, b, y, n);
}
void where_8(const bool* c, const std::uint64_t* a, const std::uint64_t* b, std::uint64_t* y,
             std::int64_t n) {
  choose(c, a, b, y, n);
}

}  // namespace dact::DACT_ISA
