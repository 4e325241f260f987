// Sixteen Philox blocks at a time, one per lane. The loops over lanes are what the compiler turns
// into vectors.
#include <cstdint>

#include "tensor/inline.hpp"
#include "tensor/math.hpp"
#include "tensor/random.kernels.hpp"

namespace dact::DACT_ISA {
namespace {

constexpr int kLanes = 16;
constexpr int kBatch = 4 * kLanes;  // numbers of sixteen blocks

// word[w][l] = word w of block first + l (Salmon et al. 2011, section 3.3)
DACT_INLINE void philox_lanes(const RandomStream& s, std::uint32_t first,
                              std::uint32_t (&word)[4][kLanes]) {
  for (int l = 0; l < kLanes; ++l) {
    word[0][l] = first + static_cast<std::uint32_t>(l);
    word[1][l] = s.sample;
    word[2][l] = s.draw;
    word[3][l] = s.stream;
  }
  std::uint32_t k0 = s.key_low, k1 = s.key_high;
  for (int round = 0; round < kPhiloxRounds; ++round, k0 += kPhiloxW0, k1 += kPhiloxW1) {
    for (int l = 0; l < kLanes; ++l) {
      const std::uint64_t a = std::uint64_t{kPhiloxM0} * word[0][l];
      const std::uint64_t b = std::uint64_t{kPhiloxM1} * word[2][l];
      word[0][l] = static_cast<std::uint32_t>(b >> 32) ^ word[1][l] ^ k0;
      word[1][l] = static_cast<std::uint32_t>(b);
      word[2][l] = static_cast<std::uint32_t>(a >> 32) ^ word[3][l] ^ k1;
      word[3][l] = static_cast<std::uint32_t>(a);
    }
  }
}

// Both steps are exact: 24 bits fit a float.
DACT_INLINE float to_uniform(std::uint32_t bits) {
  return static_cast<float>(static_cast<std::int32_t>(bits >> 8)) * 0x1p-24f;
}

struct Bits {
  using Out = std::uint32_t;
  static DACT_INLINE void batch(const RandomStream& s, std::uint32_t first, Out* out) {
    std::uint32_t word[4][kLanes];
    philox_lanes(s, first, word);
    for (int l = 0; l < kLanes; ++l)
      for (int w = 0; w < 4; ++w) out[4 * l + w] = word[w][l];
  }
};

struct Uniform {
  using Out = float;
  static DACT_INLINE void batch(const RandomStream& s, std::uint32_t first, Out* out) {
    std::uint32_t word[4][kLanes];
    philox_lanes(s, first, word);
    for (int l = 0; l < kLanes; ++l)
      for (int w = 0; w < 4; ++w) out[4 * l + w] = to_uniform(word[w][l]);
  }
};

// Box and Muller 1958, eq. 2, with 1 - u_0 in (0, 1] under the logarithm:
// r = sqrt(-2 log(1 - u_0)), angle = 2 pi u_1; the pair is (r cos(angle), r sin(angle))
struct Normal {
  using Out = float;
  static DACT_INLINE void batch(const RandomStream& s, std::uint32_t first, Out* out) {
    std::uint32_t word[4][kLanes];
    philox_lanes(s, first, word);
    for (int w = 0; w < 4; w += 2) {
      for (int l = 0; l < kLanes; ++l) {
        const float radius = math::sqrt(-2.0f * math::log(1.0f - to_uniform(word[w][l])));
        const float angle = kTwoPi * to_uniform(word[w + 1][l]);
        out[4 * l + w] = radius * math::cos(angle);
        out[4 * l + w + 1] = radius * math::sin(angle);
      }
    }
  }
  static constexpr float kTwoPi = 6.2831853f;  // 2 pi to nearest
};

template <class Kind>
DACT_INLINE void fill(const RandomStream& s, std::uint32_t first, typename Kind::Out* out,
                      std::int64_t n) {
  for (; n >= kBatch; n -= kBatch, out += kBatch, first += kLanes) Kind::batch(s, first, out);
  if (n == 0) return;
  typename Kind::Out rest[kBatch];
  Kind::batch(s, first, rest);
  for (std::int64_t i = 0; i < n; ++i) out[i] = rest[i];
}

}  // namespace

void random_bits(const RandomStream& s, std::uint32_t first, std::uint32_t* out, std::int64_t n) {
  fill<Bits>(s, first, out, n);
}

void random_uniform(const RandomStream& s, std::uint32_t first, float* out, std::int64_t n) {
  fill<Uniform>(s, first, out, n);
}

void random_normal(const RandomStream& s, std::uint32_t first, float* out, std::int64_t n) {
  fill<Normal>(s, first, out, n);
}

}  // namespace dact::DACT_ISA
