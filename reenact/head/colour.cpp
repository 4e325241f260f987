#include "reenact/head/colour.hpp"

#include <algorithm>
#include <cmath>

#include "tensor/hostmath.hpp"

namespace dact::head {
namespace {

constexpr double kRadians = 3.141592653589793 / 180;

Tint tint_of(const render::Vec3& srgb) {
  return {srgb.x * (1.0F / 255), srgb.y * (1.0F / 255), srgb.z * (1.0F / 255)};
}
Tint mixed(const Tint& a, const Tint& b, float share) {
  return {a.r + (b.r - a.r) * share, a.g + (b.g - a.g) * share, a.b + (b.b - a.b) * share};
}

/// From fair to dark; between neighbours linear.
Tint skin_tone(float melanin) {
  static constexpr Tint kTones[] = {{243, 208, 190}, {232, 188, 163}, {212, 162, 130},
                                    {176, 122, 90},  {128, 84, 60},   {84, 55, 42}};
  const float at = std::clamp(melanin, 0.0F, 1.0F) * 5;
  const int low = std::min(static_cast<int>(at), 4);
  const Tint c = mixed(kTones[low], kTones[low + 1], at - static_cast<float>(low));
  return tint_of({c.r, c.g, c.b});
}

Tint lip_colour(const Tint& skin, float tint) {
  const Tint bare{skin.r * 0.92F, skin.g * 0.60F, skin.b * 0.60F};
  return mixed(bare, tint_of({176, 52, 62}), tint);
}

}  // namespace

void head_rotation(const Pose& pose, float (&out)[9]) {
  const auto turn = [](float degrees) {
    const double r = static_cast<double>(degrees) * kRadians;
    return std::pair{hostmath::cos(r), hostmath::sin(r)};
  };
  const auto [cy, sy] = turn(pose.yaw);
  const auto [cx, sx] = turn(pose.pitch);
  const auto [cz, sz] = turn(pose.roll);
  const double m[9] = {
      cy * cz + sy * sx * sz,  -cy * sz + sy * sx * cz, sy * cx, cx * sz, cx * cz, -sx,
      -sy * cz + cy * sx * sz, sy * sz + cy * sx * cz,  cy * cx};
  for (int k = 0; k < 9; ++k) out[k] = static_cast<float>(m[k]);
}

Paint make_paint(const Appearance& a, const Pose& pose, const render::ShadeSetup& light,
                 float pixel_cm) {
  Paint p;
  p.skin = skin_tone(a.melanin);
  p.lips = lip_colour(p.skin, a.lip_tint);
  p.hair = tint_of(a.hair_colour);
  p.scalp = mixed(p.skin, p.hair, 0.05F);
  p.iris = tint_of(a.iris_colour);
  p.glasses = tint_of(a.glasses_colour);
  p.hat = tint_of(a.hat_colour);
  p.cloth = tint_of(a.cloth_colour);
  p.stripe = tint_of(a.stripe_colour);
  p.melanin = a.melanin;
  p.age = a.age;
  p.lip_tint = a.lip_tint;
  p.brow_height = a.brow_height;
  p.brow_arch = a.brow_arch;
  p.brow_width = a.brow_width;
  p.hair_style = static_cast<int>(a.hair);
  p.beard = static_cast<int>(a.beard);
  p.glasses_style = static_cast<int>(a.glasses);
  p.hat_style = static_cast<int>(a.hat);
  p.neckline = static_cast<int>(a.neckline);
  p.seed = static_cast<std::uint32_t>(a.seed ^ (a.seed >> 32)) * 0x9e3779b9U;
  p.pixel_cm = pixel_cm;
  head_rotation(pose, p.rotation);
  p.glint[0] = 0.62F * light.hx;
  p.glint[1] = 0.62F * light.hy;
  p.glint[2] = std::sqrt(1 - p.glint[0] * p.glint[0] - p.glint[1] * p.glint[1]);
  return p;
}

}  // namespace dact::head
