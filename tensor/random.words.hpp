// One block of the random stream, for the CPU's vector loops and for kernels of a card.
#pragma once
#include <cstdint>

#include "tensor/inline.hpp"
#include "tensor/random.kernels.hpp"

namespace dact {

/// words[w] = word w of block `block` (Salmon et al. 2011, section 3.3)
DACT_INLINE void philox_words(const RandomStream& s, std::uint32_t block, std::uint32_t* words) {
  std::uint32_t x0 = block, x1 = s.sample, x2 = s.draw, x3 = s.stream;
  std::uint32_t k0 = s.key_low, k1 = s.key_high;
#if defined(__CUDACC__)
#pragma unroll
#else
#pragma GCC unroll 10  // only a loop without loops inside becomes vectors
#endif
  for (int round = 0; round < kPhiloxRounds; ++round, k0 += kPhiloxW0, k1 += kPhiloxW1) {
    const std::uint64_t a = std::uint64_t{kPhiloxM0} * x0;
    const std::uint64_t b = std::uint64_t{kPhiloxM1} * x2;
    x0 = static_cast<std::uint32_t>(b >> 32) ^ x1 ^ k0;
    x1 = static_cast<std::uint32_t>(b);
    x2 = static_cast<std::uint32_t>(a >> 32) ^ x3 ^ k1;
    x3 = static_cast<std::uint32_t>(a);
  }
  words[0] = x0;
  words[1] = x1;
  words[2] = x2;
  words[3] = x3;
}

/// Both steps are exact: 24 bits fit a float.
DACT_INLINE float to_uniform(std::uint32_t bits) {
  return static_cast<float>(static_cast<std::int32_t>(bits >> 8)) * 0x1p-24f;
}

}  // namespace dact
