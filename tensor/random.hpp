// The one random stream (NUMERICS.md 9): Philox4x32-10, counter-based. A number is a pure function of seed, stream,
// draw, sample and element; nothing depends on what was drawn before.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace dact {

/// Ten rounds of Philox4x32 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

/// FNV-1a, 32 and 64 bit: stream ids and the fill rule.
std::uint32_t fnv1a32(std::string_view text);
std::uint64_t fnv1a64(std::string_view text);

/// Names one stream of numbers. `use` is the module path or "x_T", ...; `draw` the sampler or training step.
struct RandomKey {
  std::uint64_t seed = 0;
  std::string_view use;
  std::uint32_t draw = 0;
};

/// n <= 2^34 numbers of one sample. Word i, i = 0 .. n-1, is word i mod 4 of block i div 4.
///   uniform  u_i = (word_i >> 8) * 2^-24, in [0, 1)
///   normal   pairs by Box-Muller: r = sqrt(-2 log(1 - u_2k)), angle = 6.2831853f * u_2k+1 (one rounding);
///            element 2k = r cos(angle), element 2k+1 = r sin(angle), in f32 with our log, sin, cos
///   bits     word_i
/// The first m of n numbers are the m numbers of a shorter call.
void fill_uniform(const RandomKey& key, std::uint32_t sample, float* out, std::int64_t n);
void fill_normal(const RandomKey& key, std::uint32_t sample, float* out, std::int64_t n);
void fill_bits(const RandomKey& key, std::uint32_t sample, std::uint32_t* out, std::int64_t n);

}  // namespace dact
