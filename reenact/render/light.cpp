#include "reenact/render/light.hpp"

#include <array>
#include <cmath>

#include "tensor/hostmath.hpp"
#include "tensor/random.hpp"

namespace dact::render {
namespace {

constexpr float kCovered = 52;        // cm
constexpr Vec3 kCentre{0, -3.0F, 0};  // what the map is centred on

Vec3 direction_of(float azimuth, float elevation) {
  constexpr double kRadians = 3.141592653589793 / 180;
  const double a = static_cast<double>(azimuth) * kRadians,
               e = static_cast<double>(elevation) * kRadians;
  const double flat = hostmath::cos(e);
  return {static_cast<float>(hostmath::sin(a) * flat), static_cast<float>(hostmath::sin(e)),
          static_cast<float>(hostmath::cos(a) * flat)};
}

Vec3 scaled_to_one(const Vec3& v) {
  const float over = 1.0F / std::sqrt(v.x * v.x + v.y * v.y + v.z * v.z);
  return {v.x * over, v.y * over, v.z * over};
}

float dot_of(const Vec3& a, const Vec3& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }

/// Seen from the light, far away.
View from_light(const Vec3& l, std::int32_t texels) {
  View v;
  v.toward = l;
  v.right = std::abs(l.x) + std::abs(l.z) > 0.01F ? scaled_to_one({l.z, 0, -l.x}) : Vec3{1, 0, 0};
  v.up = {l.y * v.right.z - l.z * v.right.y, l.z * v.right.x - l.x * v.right.z,
          l.x * v.right.y - l.y * v.right.x};
  v.scale = static_cast<float>(texels) / kCovered;
  const float half = 0.5F * static_cast<float>(texels);
  v.x0 = half - v.scale * dot_of(v.right, kCentre);
  v.y0 = half + v.scale * dot_of(v.up, kCentre);
  return v;
}

DrawRules casters() {
  DrawRules rules;
  rules.faces.fill(Faces::both);
  // what lies inside, lets light through, or has nothing below it
  for (const Part p : {Part::mouth_bag, Part::eye_left, Part::eye_right, Part::teeth_upper,
                       Part::teeth_lower, Part::tongue, Part::lens, Part::torso})
    rules.faces[static_cast<std::size_t>(p)] = Faces::none;
  for (const Part p : {Part::skin, Part::glasses})
    rules.faces[static_cast<std::size_t>(p)] = Faces::front;
  return rules;
}

}  // namespace

head::Light draw_light(std::uint64_t seed) {
  std::array<float, 6> u;
  fill_uniform({seed, "light", 0}, 0, u.data(), static_cast<std::int64_t>(u.size()));
  head::Light light;
  light.azimuth = 110 * u[0] - 55;
  light.elevation = 8 + 42 * u[1];
  light.strength = 0.85F + 0.4F * u[2];
  light.warmth = 0.12F * u[3] - 0.06F;
  light.ambient = 0.38F + 0.22F * u[4];
  light.rim = 0.5F * u[5];
  return light;
}

ShadeSetup make_light(const head::Light& light, const Mesh& mesh, std::int32_t texels,
                      ShadowMap& map) {
  ShadeSetup s;
  const Vec3 l = direction_of(light.azimuth, light.elevation);
  const Vec3 h = scaled_to_one({l.x, l.y, l.z + 1.0001F});
  s.lx = l.x, s.ly = l.y, s.lz = l.z;
  s.hx = h.x, s.hy = h.y, s.hz = h.z;
  s.key_r = light.strength * (1 + light.warmth);
  s.key_g = light.strength;
  s.key_b = light.strength * (1 - light.warmth);
  // the sky is a little cooler than the lamp
  s.ambient_r = light.ambient * 0.99F;
  s.ambient_g = light.ambient;
  s.ambient_b = light.ambient * 1.02F;
  s.rim = light.rim;

  static const DrawRules rules = casters();
  const View view = from_light(l, texels);
  project(mesh.position, view, map.points);
  map.texels.reset(texels, 0, texels);
  rasterise(mesh, map.points, rules, map.texels);
  s.ux = view.right.x, s.uy = view.right.y, s.uz = view.right.z;
  s.vx = view.up.x, s.vy = view.up.y, s.vz = view.up.z;
  s.u0 = view.x0, s.v0 = view.y0, s.per_cm = view.scale;
  s.shadow = map.texels.depth.data();
  s.size = texels;
  return s;
}

}  // namespace dact::render
