// Plain loops whose steps are independent, so that the compiler turns them into vectors.
#include <cstdint>

#include "tensor/inline.hpp"
#include "tensor/math.hpp"
#include "tensor/random.kernels.hpp"
#include "tensor/random.words.hpp"

namespace dact::DACT_ISA {
namespace {

// words[4 j + w] = word w of block first + j, j = 0 .. blocks-1
DACT_INLINE void philox_blocks(const RandomStream& s, std::uint32_t first, std::uint32_t* words,
                               std::int64_t blocks) {
  const RandomStream stream = s;
  for (std::int64_t j = 0; j < blocks; ++j)
    philox_words(stream, first + static_cast<std::uint32_t>(j), words + 4 * j);
}

DACT_INLINE void to_uniforms(const std::uint32_t* words, float* out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = to_uniform(words[i]);
}

// Box and Muller 1958, eq. 2, with 1 - u_0 in (0, 1] under the logarithm:
// r = sqrt(-2 log(1 - u_0)), angle = 2 pi u_1; the pair is (r cos(angle), r sin(angle))
DACT_INLINE void to_normals(const std::uint32_t* words, float* out, std::int64_t n) {
  constexpr float two_pi = 6.2831853f;  // to nearest
  for (std::int64_t i = 0; i + 1 < n; i += 2) {
    const float radius = math::sqrt(-2.0f * math::log(1.0f - to_uniform(words[i])));
    const float angle = two_pi * to_uniform(words[i + 1]);
    out[i] = radius * math::cos_near(angle);
    out[i + 1] = radius * math::sin_near(angle);
  }
}

constexpr std::int64_t kBatch = 1024;  // words on the stack, in the L1 cache

// transform(words, out, n), n even and at most kBatch. A last number that stands alone is the first
// of its pair.
template <class Transform>
DACT_INLINE void fill(const RandomStream& s, std::uint32_t first, float* out, std::int64_t n,
                      Transform transform) {
  std::uint32_t words[kBatch];
  for (; n > 0; n -= kBatch, out += kBatch, first += kBatch / 4) {
    const std::int64_t count = n < kBatch ? n : kBatch;
    philox_blocks(s, first, words, (count + 3) / 4);
    transform(words, out, count & ~std::int64_t{1});
    if (count % 2 == 0) continue;
    float pair[2];
    transform(words + count - 1, pair, 2);
    out[count - 1] = pair[0];
  }
}

}  // namespace

void random_bits(const RandomStream& s, std::uint32_t first, std::uint32_t* out, std::int64_t n) {
  const std::int64_t whole = n / 4;
  philox_blocks(s, first, out, whole);
  if (n % 4 == 0) return;
  std::uint32_t last[4];
  philox_blocks(s, first + static_cast<std::uint32_t>(whole), last, 1);
  for (std::int64_t w = 0; w < n % 4; ++w) out[4 * whole + w] = last[w];
}

void random_uniform(const RandomStream& s, std::uint32_t first, float* out, std::int64_t n) {
  fill(s, first, out, n, to_uniforms);
}

void random_normal(const RandomStream& s, std::uint32_t first, float* out, std::int64_t n) {
  fill(s, first, out, n, to_normals);
}

}  // namespace dact::DACT_ISA
