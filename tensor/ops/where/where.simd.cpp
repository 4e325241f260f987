#include "tensor/inline.hpp"
#include "tensor/ops/where/where.kernels.hpp"

namespace dact::DACT_ISA {
namespace {

template <class Bits>
DACT_INLINE void choose(const std::uint8_t* c, const Bits* a, const Bits* b, Bits* y,
                        std::int64_t n) {
  // by mask, all ones or all zeros, and c as bytes: GCC makes vector code of this, but not of a choice by bools
  for (std::int64_t i = 0; i < n; ++i) {
    const Bits mask = static_cast<Bits>(0 - static_cast<Bits>(c[i]));
    y[i] = static_cast<Bits>((a[i] & mask) | (b[i] & ~mask));
  }
}

}  // namespace

DACT_NARROW void where_1(const std::uint8_t* c, const std::uint8_t* a, const std::uint8_t* b,
                         std::uint8_t* y, std::int64_t n) {
  choose(c, a, b, y, n);
}
DACT_NARROW void where_2(const std::uint8_t* c, const std::uint16_t* a, const std::uint16_t* b,
                         std::uint16_t* y, std::int64_t n) {
  choose(c, a, b, y, n);
}
DACT_NARROW void where_4(const std::uint8_t* c, const std::uint32_t* a, const std::uint32_t* b,
                         std::uint32_t* y, std::int64_t n) {
  choose(c, a, b, y, n);
}
DACT_NARROW void where_8(const std::uint8_t* c, const std::uint64_t* a, const std::uint64_t* b,
                         std::uint64_t* y, std::int64_t n) {
  choose(c, a, b, y, n);
}

}  // namespace dact::DACT_ISA
