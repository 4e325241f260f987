// The one random stream (NUMERICS.md 9): Philox4x32-10, counter-based. A number is a pure function of seed, stream,
// draw, sample and element; nothing depends on what was drawn before.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace dact {

/// Ten rounds of Philox4x32 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// FNV-1a, 32 and 64 bit: stream ids and the fill rule.
std::uint32_t fnv1a32(std::string_view text);
std::uint64_t fnv1a64(std::string_view text);

/// Names one stream of numbers. `use` is the module path or "x_T", ...; `draw` the sampler or training step.
struct RandomKey {
  std::uint64_t seed = 0;
  std::string_view use;
  std::uint32_t draw = 0;
};

/// n numbers of one sample: u in [0, 1) as (bits >> 8) * 2^-24; normals by Box-Muller on word pairs
/// (r = sqrt(-2 log(1 - u0)), [r cos(2 pi u1), r sin(2 pi u1)]) with our log, sin, cos; raw 32-bit words.
void fill_uniform(const RandomKey& key, std::uint32_t sample, float* out, std::int64_t n);
void fill_normal(const RandomKey& key, std::uint32_t sample, float* out, std::int64_t n);
void fill_bits(const RandomKey& key, std::uint32_t sample, std::uint32_t* out, std::int64_t n);

}  // namespace dact
