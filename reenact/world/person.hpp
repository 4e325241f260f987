// Who is drawn and where: a person by one seed, a scene (light, background, clothes) by another.
#pragma once
#include <cstdint>
#include <vector>

#include "reenact/head/head.hpp"

namespace dact::world {

/// Seeds count up: population, number in it, and a last byte (which candidate, which clip).
///   seed = population 2^40 + number 2^8 + last
/// Two populations share no seed, so a benchmark's people are in no training run.
struct SeedParts {
  std::uint64_t population = 0, number = 0, last = 0;
};
/// throws  UsageError: population >= 2^24, number >= 2^32, last >= 2^8
std::uint64_t seed_of(const SeedParts& parts);
SeedParts parts_of(std::uint64_t seed);

/// Populations of benchmarks; training refuses them.
inline constexpr std::uint64_t kFirstBenchPopulation = 45000, kLastBenchPopulation = 45999;
inline bool is_bench_population(std::uint64_t population) {
  return population >= kFirstBenchPopulation && population <= kLastBenchPopulation;
}

/// Where a clip is filmed. Clothes, glasses and hat belong to it too, beard and hair to the person.
struct Scene {
  head::Light light;
  head::Background background;
  head::Camera camera;
};
/// Dresses `looks` for the scene.
Scene sample_scene(std::uint64_t seed, head::Appearance& looks);

/// Seeds of the first n people of a population. Number k is the first of its candidates 0, 1, ... whose mean landmark
/// distance to every earlier person, both neutral, is at least kLeastDistance. A longer list begins with a shorter one.
/// throws  UsageError(n < 0; a place where no candidate of 256 is far enough)
std::vector<std::uint64_t> sample_population(std::uint64_t population, std::int64_t n);
inline constexpr double kLeastDistance = 0.15;  // cm

}  // namespace dact::world
