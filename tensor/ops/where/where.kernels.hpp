#pragma once
#include <cstdint>

// y_i = c_i ? a_i : b_i, dense runs; c holds 0 or 1 (a bool tensor). Elements are only moved, so the size is all that counts.
#define DACT_DECLARE_WHERE_OF(name, Bits) \
  void name(const std::uint8_t* c, const Bits* a, const Bits* b, Bits* y, std::int64_t n);
#define DACT_DECLARE_WHERE                      \
  DACT_DECLARE_WHERE_OF(where_1, std::uint8_t)  \
  DACT_DECLARE_WHERE_OF(where_2, std::uint16_t) \
  DACT_DECLARE_WHERE_OF(where_4, std::uint32_t) \
  DACT_DECLARE_WHERE_OF(where_8, std::uint64_t)
namespace dact::isa_portable {
DACT_DECLARE_WHERE
}
namespace dact::isa_avx2 {
DACT_DECLARE_WHERE
}
namespace dact::isa_avx512 {
DACT_DECLARE_WHERE
}
