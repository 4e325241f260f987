// Raw kernels behind random.hpp, one copy per instruction set (random.simd.cpp).
#pragma once
#include <cstdint>

namespace dact {

/// All of Philox's input but the block number: words 1 to 3 of the counter, and the key.
struct RandomStream {
  std::uint32_t sample = 0, draw = 0, stream = 0, key_low = 0, key_high = 0;
};

/// Philox4x32's multipliers and key steps (Salmon et al. 2011, section 3.3 and table 2).
inline constexpr std::uint32_t kPhiloxM0 = 0xD2511F53, kPhiloxM1 = 0xCD9E8D57;
inline constexpr std::uint32_t kPhiloxW0 = 0x9E3779B9, kPhiloxW1 = 0xBB67AE85;
inline constexpr int kPhiloxRounds = 10;

// out[i] = number 4 * first_block + i of the stream, i = 0 .. n-1
#define DACT_RANDOM_KERNELS(isa)                                                                 \
  namespace isa {                                                                                \
  void random_bits(const RandomStream&, std::uint32_t first_block, std::uint32_t* out,           \
                   std::int64_t);                                                                \
  void random_uniform(const RandomStream&, std::uint32_t first_block, float* out, std::int64_t); \
  void random_normal(const RandomStream&, std::uint32_t first_block, float* out, std::int64_t);  \
  }
DACT_RANDOM_KERNELS(isa_portable)
DACT_RANDOM_KERNELS(isa_avx2)
DACT_RANDOM_KERNELS(isa_avx512)
#undef DACT_RANDOM_KERNELS

}  // namespace dact
