#include "reenact/world/person.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "reenact/world/draws.hpp"

namespace dact::world {
namespace {

using head::Beard;
using head::HairStyle;
using render::Vec3;

/// The view is 30.5 / kCrop cm wide: from hair to chin, so that gaze and brows are visible at 64 pixels.
constexpr double kCrop = 1.32;

constexpr std::array<Vec3, 7> kHair = {{{28, 22, 20},
                                        {58, 38, 27},
                                        {96, 62, 38},
                                        {150, 108, 62},
                                        {206, 170, 110},
                                        {134, 60, 32},
                                        {150, 148, 146}}};
constexpr std::array<Vec3, 5> kIris = {
    {{92, 58, 34}, {58, 36, 24}, {92, 120, 150}, {86, 116, 78}, {120, 110, 70}}};

// HairStyle in order: bald, buzz, short_cut, sidepart, bangs, receding, afro, curly, bun, pony, long_hair, bob
constexpr std::array<double, 12> kMaleHair = {.06, .16, .26, .2,  .05, .12,
                                              .05, .08, .01, .01, .02, .01};
constexpr std::array<double, 12> kFemaleHair = {.005, .02, .06, .08, .1, 0,
                                                .06,  .08, .12, .13, .2, .17};
// Beard in order: none, stubble, moustache, goatee, full
constexpr std::array<double, 5> kBeards = {.42, .22, .1, .1, .16};

Vec3 jittered(Vec3 c, Draws& draws, double spread) {
  const auto one = [&](float v) {
    return static_cast<float>(
        std::clamp(static_cast<double>(v) + spread * draws.normal(), 0.0, 255.0));
  };
  const float r = one(c.x), g = one(c.y), b = one(c.z);
  return {r, g, b};
}

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

int hair_colour(double melanin, double age, Draws& draws) {
  const bool grey = age > .65 && draws.chance(.6);
  const double fair = std::clamp(1 - 1.6 * melanin, .02, 1.0);
  const std::array<double, 7> weights = {.25 + melanin, .3,         .25 * fair, .2 * fair,
                                         .18 * fair,    .09 * fair, .02};
  const int colour = draws.pick(weights);
  return grey ? 6 : colour;
}

void sample_looks(Person& person) {
  Draws draws(person.seed, "world.looks");
  head::Appearance& a = person.appearance;
  const bool male = person.female < 0;
  a.melanin = static_cast<float>(draws.unit());
  a.age = static_cast<float>(draws.unit());
  const double melanin = static_cast<double>(a.melanin), age = static_cast<double>(a.age);
  const int hair = draws.pick(male ? kMaleHair : kFemaleHair);
  a.hair = static_cast<HairStyle>(hair);
  const int colour = hair_colour(melanin, age, draws);
  a.hair_colour = jittered(kHair[static_cast<std::size_t>(colour)], draws, 8);
  a.hair_thickness = static_cast<float>(draws.between(.8, 1.3));
  const int beard = draws.pick(kBeards);
  a.beard = person.female < -.15 ? static_cast<Beard>(beard) : Beard::none;
  a.brow_height = static_cast<float>(.1 * draws.normal());
  a.brow_arch = static_cast<float>(.08 * draws.normal() + .08 * std::max(person.female, 0.0));
  a.brow_width =
      static_cast<float>(std::clamp(1.1 - .3 * person.female + .2 * draws.normal(), .7, 1.7));
  const double tint = draws.unit();
  a.lip_tint = static_cast<float>(male ? .12 * tint : .55 * tint);
  const double fair = std::clamp(1.2 - 1.6 * melanin, .05, 1.0);
  const std::array<double, 5> iris = {.4, .3 + melanin, .35 * fair, .2 * fair, .15 * fair};
  const int eye = draws.pick(iris);
  a.iris_colour = jittered(kIris[static_cast<std::size_t>(eye)], draws, 8);
  a.seed = draws.seed();
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

head::Light sample_light(Draws& draws) {
  head::Light light;
  light.azimuth = static_cast<float>(draws.between(-55, 55));
  light.elevation = static_cast<float>(draws.between(8, 50));
  light.strength = static_cast<float>(draws.between(.85, 1.25));
  light.warmth = static_cast<float>(draws.between(-.06, .06));
  light.ambient = static_cast<float>(draws.between(.38, .6));
  light.rim = static_cast<float>(draws.between(0, .5));
  return light;
}

head::Background sample_background(Draws& draws) {
  head::Background background;
  const std::array<double, 4> kinds = {.12, .18, .36, .34};  // plain, gradient, discs, boxes
  background.kind = static_cast<head::BackgroundKind>(draws.pick(kinds));
  background.first = any_colour(draws, .5, 60, 220);
  background.second = any_colour(draws, .5, 60, 220);
  background.seed = draws.seed();
  return background;
}

}  // namespace

Scene sample_scene(std::uint64_t seed, Person& person) {
  Draws draws(seed, "world.scene");
  Scene scene;
  scene.light = sample_light(draws);
  scene.background = sample_background(draws);
  scene.camera.scale = static_cast<float>(kCrop * draws.between(.93, 1.07));
  scene.camera.tx = static_cast<float>(draws.between(-.8, .8));
  scene.camera.ty = static_cast<float>(draws.between(-.8, .8));
  dress(person.appearance, draws);
  return scene;
}

}  // namespace dact::world
