// The random stream: published vectors, the counter's layout, independence of cuts, and whether it
// looks random.
#include "tensor/random.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "tensor/error.hpp"
#include "tensor/isa.hpp"
#include "tensor/parallel.hpp"

using namespace dact;
using Block = std::array<std::uint32_t, 4>;

namespace {

std::vector<std::uint32_t> bits(const RandomKey& key, std::uint32_t sample, std::int64_t n) {
  std::vector<std::uint32_t> out(static_cast<std::size_t>(n), 7);
  fill_bits(key, sample, out.data(), n);
  return out;
}

std::vector<float> floats(void (*fill)(const RandomKey&, std::uint32_t, float*, std::int64_t),
                          const RandomKey& key, std::uint32_t sample, std::int64_t n) {
  std::vector<float> out(static_cast<std::size_t>(n), -7.0f);
  fill(key, sample, out.data(), n);
  return out;
}

}  // namespace

// kat_vectors of the Random123 distribution (Salmon et al. 2011)
TEST_CASE("philox4x32: known answers") {
  const std::uint32_t one = 0xffffffff;
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox4x32({one, one, one, one}, {one, one}) ==
        Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

// Vectors of draft-eastlake-fnv, appendix C
TEST_CASE("fnv1a: known answers") {
  CHECK(fnv1a32("") == 0x811c9dc5);
  CHECK(fnv1a32("a") == 0xe40c292c);
  CHECK(fnv1a32("foobar") == 0xbf9cf968);
  CHECK(fnv1a64("") == 0xcbf29ce484222325);
  CHECK(fnv1a64("a") == 0xaf63dc4c8601ec8c);
  CHECK(fnv1a64("foobar") == 0x85944171f73967e8);
}

TEST_CASE(
    "fill_bits: word w of block j is number 4j + w; seed, sample, draw and use stand where "
    "NUMERICS.md 9 says") {
  const RandomKey key{.seed = 0x0123456789abcdef, .use = "x_T", .draw = 5};
  const auto got = bits(key, 3, 1003);  // neither whole blocks nor whole batches
  for (std::uint32_t i = 0; i < 1003; ++i) {
    const Block want = philox4x32({i / 4, 3, 5, fnv1a32("x_T")}, {0x89abcdef, 0x01234567});
    REQUIRE(got[i] == want[i % 4]);
  }
}

TEST_CASE("fill_uniform: top 24 bits") {
  const RandomKey key{.seed = 1, .use = "u", .draw = 0};
  const auto word = bits(key, 0, 300);
  const auto u = floats(fill_uniform, key, 0, 300);
  for (std::size_t i = 0; i < 300; ++i) {
    REQUIRE(u[i] == std::ldexp(static_cast<float>(word[i] >> 8), -24));
    REQUIRE((u[i] >= 0 && u[i] < 1));
  }
}

TEST_CASE("fill_normal: Box-Muller on word pairs") {
  const RandomKey key{.seed = 2, .use = "eps", .draw = 9};
  const auto u = floats(fill_uniform, key, 4, 5000);
  const auto z = floats(fill_normal, key, 4, 5000);
  for (std::size_t i = 0; i < 5000; i += 2) {
    const double r = std::sqrt(-2 * std::log1p(-static_cast<double>(u[i])));
    const double angle = 2 * 3.14159265358979323846 * static_cast<double>(u[i + 1]);
    // rounding of the angle (up to 2^-22), then a few ulp
    REQUIRE(std::fabs(static_cast<double>(z[i]) - r * std::cos(angle)) < 1e-6 * (1 + r));
    REQUIRE(std::fabs(static_cast<double>(z[i + 1]) - r * std::sin(angle)) < 1e-6 * (1 + r));
  }
}

TEST_CASE("random: a shorter draw is the beginning of a longer one, at any length") {
  const RandomKey key{.seed = 11, .use = "prefix", .draw = 2};
  const auto all = bits(key, 1, 300);
  const auto z = floats(fill_normal, key, 1, 300);
  for (std::int64_t n = 0; n < 300; ++n) {
    const auto part = bits(key, 1, n);
    REQUIRE(std::equal(part.begin(), part.end(), all.begin()));
    const auto part_z = floats(fill_normal, key, 1, n);
    REQUIRE(std::equal(part_z.begin(), part_z.end(), z.begin()));
  }
}

TEST_CASE("random: the same bits with any thread count and on every instruction set") {
  const RandomKey key{.seed = 3, .use = "same", .draw = 0};
  const std::int64_t n = 200'003;  // several pieces, the last one odd
  const Isa isa_before = isa();
  const int threads_before = thread_count();
  set_isa(Isa::portable);
  set_thread_count(1);
  const auto want = floats(fill_normal, key, 0, n);
  const auto want_bits = bits(key, 0, n);
  for (const Isa other : available_isas()) {
    CAPTURE(name_of(other));
    set_isa(other);
    for (const int threads : {1, 2, 3, 7}) {
      set_thread_count(threads);
      CHECK(floats(fill_normal, key, 0, n) == want);
      CHECK(bits(key, 0, n) == want_bits);
    }
  }
  set_isa(isa_before);
  set_thread_count(threads_before);
}

TEST_CASE("random: seed (both halves), sample, draw and use each give another stream") {
  const RandomKey key{.seed = 1, .use = "a", .draw = 0};
  const auto first = bits(key, 0, 64);
  CHECK(bits(key, 0, 64) == first);
  CHECK(bits({.seed = 2, .use = "a", .draw = 0}, 0, 64) != first);
  CHECK(bits({.seed = 1 + (std::uint64_t{1} << 32), .use = "a", .draw = 0}, 0, 64) != first);
  CHECK(bits({.seed = 1, .use = "b", .draw = 0}, 0, 64) != first);
  CHECK(bits({.seed = 1, .use = "a", .draw = 1}, 0, 64) != first);
  CHECK(bits(key, 1, 64) != first);
}

// Bounds are five standard deviations of the estimate; the seed is fixed, so these never flicker.
TEST_CASE("random: moments and a chi-square") {
  const RandomKey key{.seed = 2024, .use = "moments", .draw = 0};
  const std::int64_t n = 1 << 20;
  double mean = 0, square = 0, fourth = 0, product = 0;
  const auto z = floats(fill_normal, key, 0, n);
  for (std::size_t i = 0; i < z.size(); ++i) {
    const auto v = static_cast<double>(z[i]);
    mean += v, square += v * v, fourth += v * v * v * v;
    product +=
        v * static_cast<double>(z[(i + 1) % z.size()]);  // the two of a pair, and across pairs
  }
  const auto count = static_cast<double>(n);
  CHECK(std::fabs(mean / count) < 5 / std::sqrt(count));
  CHECK(std::fabs(square / count - 1) < 5 * std::sqrt(2 / count));
  CHECK(std::fabs(fourth / count - 3) < 5 * std::sqrt(96 / count));
  CHECK(std::fabs(product / count) < 5 / std::sqrt(count));

  std::array<double, 256> seen{};
  for (const float u : floats(fill_uniform, key, 0, n))
    seen[static_cast<std::size_t>(u * 256)] += 1;
  double chi = 0;
  for (const double k : seen) chi += (k - count / 256) * (k - count / 256) / (count / 256);
  CHECK(std::fabs(chi - 255) < 5 * std::sqrt(2 * 255.0));
}

TEST_CASE("random: counts out of range") {
  CHECK_THROWS_AS(fill_bits({}, 0, nullptr, -1), UsageError);
  CHECK_THROWS_AS(fill_uniform({}, 0, nullptr, (std::int64_t{4} << 32) + 1), UsageError);
  fill_normal({}, 0, nullptr, 0);  // nothing to write
}
