#include "reenact/world/person.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "reenact/render/background.hpp"
#include "reenact/render/light.hpp"
#include "reenact/world/draws.hpp"
#include "tensor/error.hpp"

namespace dact::world {
namespace {

using render::Vec3;

/// The view is 30.5 / kCrop cm wide: from hair to chin, so that gaze and brows are visible at 64 pixels.
constexpr double kCrop = 1.32;

/// Any hue; saturation and lightness of things that people own.
Vec3 any_colour(Draws& draws, double saturation, double low, double high) {
  const double hue = draws.between(0, 6), light = draws.between(low, high);
  const double s = saturation * draws.unit();
  const auto channel = [&](double at) {
    const double distance = std::abs(std::fmod(hue + at, 6.0) - 3);  // 0..3 around the wheel
    const double pure = std::clamp(distance - 1, 0.0, 1.0);
    return static_cast<float>(light * (1 - s + s * pure));
  };
  return {channel(0), channel(4), channel(2)};
}

void dress(head::Appearance& a, Draws& draws) {
  a.neckline = static_cast<head::Neckline>(draws.pick(5));
  a.cloth_colour = any_colour(draws, .8, 50, 230);
  a.stripe_colour = any_colour(draws, .6, 120, 240);
  const std::array<double, 4> glasses = {.76, .1, .1, .04};
  a.glasses = static_cast<head::Glasses>(draws.pick(glasses));
  a.glasses_colour = any_colour(draws, .5, 20, 90);
  const std::array<double, 3> hats = {.84, .09, .07};
  a.hat = static_cast<head::Hat>(draws.pick(hats));
  a.hat_colour = any_colour(draws, .8, 60, 240);
}

}  // namespace

std::uint64_t seed_of(const SeedParts& p) {
  if (p.population >> 24 != 0 || p.number >> 32 != 0 || p.last >> 8 != 0)
    throw UsageError("seed", "population, number and last must be below 2^24, 2^32 and 2^8, got " +
                                 std::to_string(p.population) + ", " + std::to_string(p.number) +
                                 ", " + std::to_string(p.last));
  return p.population << 40 | p.number << 8 | p.last;
}

SeedParts parts_of(std::uint64_t seed) { return {seed >> 40, seed >> 8 & 0xFFFFFFFF, seed & 0xFF}; }

std::vector<std::uint64_t> sample_population(std::uint64_t population, std::int64_t n) {
  if (n < 0) throw UsageError("population", "size must not be negative, got " + std::to_string(n));
  std::vector<std::uint64_t> seeds;
  std::vector<std::vector<head::Vec3>> people;  // their landmarks
  const auto is_far = [&](const std::vector<head::Vec3>& candidate) {
    return std::none_of(people.begin(), people.end(), [&](const std::vector<head::Vec3>& other) {
      return head::landmark_distance(candidate, other) < kLeastDistance;
    });
  };
  for (std::int64_t k = 0; k < n; ++k) {
    for (std::uint64_t candidate = 0;; ++candidate) {
      if (candidate == 256)
        throw UsageError("population", "one of 256 candidates for person " + std::to_string(k) +
                                           " must be far from all others, got none: ask for fewer");
      const std::uint64_t seed = seed_of({population, static_cast<std::uint64_t>(k), candidate});
      std::vector<head::Vec3> points =
          head::neutral_landmarks(head::head_model(), head::draw_person(seed).identity);
      if (!is_far(points)) continue;
      seeds.push_back(seed);
      people.push_back(std::move(points));
      break;
    }
  }
  return seeds;
}

Scene sample_scene(std::uint64_t seed, head::Appearance& looks) {
  Draws draws(seed, "world.scene");
  Scene scene;
  scene.light = render::draw_light(draws.seed());
  scene.background = render::draw_background(draws.seed());
  scene.camera.scale = static_cast<float>(kCrop * draws.between(.93, 1.07));
  scene.camera.tx = static_cast<float>(draws.between(-.8, .8));
  scene.camera.ty = static_cast<float>(draws.between(-.8, .8));
  dress(looks, draws);
  return scene;
}

}  // namespace dact::world
