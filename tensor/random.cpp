#include "tensor/random.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tensor/error.hpp"
#include "tensor/isa.hpp"
#include "tensor/parallel.hpp"
#include "tensor/random.kernels.hpp"

namespace dact {
namespace {

// The counter's block number has 32 bits, a block four numbers.
constexpr std::int64_t kMostNumbers = std::int64_t{4} << 32;
constexpr std::int64_t kGrain = 16384;  // blocks: 65536 numbers are worth a second thread

template <class Out>
using Kernel = void (*)(const RandomStream&, std::uint32_t, Out*, std::int64_t);

// Cut between blocks, so that no number depends on the cut.
template <class Out>
void fill(std::string_view where, Kernel<Out> kernel, const RandomKey& key, std::uint32_t sample,
          Out* out, std::int64_t n) {
  if (n < 0 || n > kMostNumbers)
    throw UsageError(
        where, fmt::format("count must be from 0 to 2^34, the numbers of a stream, got {}", n));
  const RandomStream stream{sample, key.draw, fnv1a32(key.use),
                            static_cast<std::uint32_t>(key.seed),
                            static_cast<std::uint32_t>(key.seed >> 32)};
  parallel_ranges((n + 3) / 4, kGrain, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t count = std::min(4 * end, n) - 4 * begin;
    kernel(stream, static_cast<std::uint32_t>(begin), out + 4 * begin, count);
  });
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const std::uint64_t a = std::uint64_t{kPhiloxM0} * counter[0];
    const std::uint64_t b = std::uint64_t{kPhiloxM1} * counter[2];
    counter = {
        static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
        static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += kPhiloxW0;
    key[1] += kPhiloxW1;
  }
  return counter;
}

// Fowler, Noll, Vo: hash = (hash ^ byte) * prime, from the offset basis (draft-eastlake-fnv,
// section 2)
std::uint32_t fnv1a32(std::string_view text) {
  std::uint32_t hash = 0x811c9dc5;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193;
  return hash;
}

std::uint64_t fnv1a64(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

void fill_uniform(const RandomKey& key, std::uint32_t sample, float* out, std::int64_t n) {
  fill("fill_uniform", DACT_PICK(random_uniform), key, sample, out, n);
}

void fill_normal(const RandomKey& key, std::uint32_t sample, float* out, std::int64_t n) {
  fill("fill_normal", DACT_PICK(random_normal), key, sample, out, n);
}

void fill_bits(const RandomKey& key, std::uint32_t sample, std::uint32_t* out, std::int64_t n) {
  fill("fill_bits", DACT_PICK(random_bits), key, sample, out, n);
}

}  // namespace dact
