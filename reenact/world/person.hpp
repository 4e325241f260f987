// Who is drawn and where: a person by one seed, a scene (light, background, clothes) by another.
#pragma once
#include <cstdint>
#include <vector>

#include "reenact/head/appearance.hpp"

namespace dact::world {

/// One identity: all that stays the same in every picture of a person. Shape and looks come from two independent
/// streams of the seed; what they share is one number in [-1, 1] between a rather male and a rather female head.
struct Person {
  std::uint64_t seed = 0;
  double female = 0;
  head::Identity identity{};
  head::Appearance appearance;  // clothes, hat, glasses are those of no scene yet
};
Person sample_person(std::uint64_t seed);

/// One clip's surroundings.
struct Scene {
  head::Light light;
  head::Background background;
  head::Camera camera;
};
/// Dresses the person too: clothes, glasses and hat belong to a scene, a beard or hair style to the person.
Scene sample_scene(std::uint64_t seed, Person& person);

/// The first n people of a population. Number k is the first of the candidates (seed, k, 0), (seed, k, 1), ... whose
/// mean landmark distance to every earlier person, both neutral and frontal, is at least kLeastDistance.
std::vector<Person> sample_population(std::uint64_t seed, int n);
inline constexpr double kLeastDistance = 0.15;  // cm

}  // namespace dact::world
