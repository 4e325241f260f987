// All that can be said of a procedural head besides its shape codes: pose, hair, skin, clothes, light, background.
#pragma once
#include <array>
#include <cstdint>

#include "reenact/render/scene.hpp"

namespace dact::head {

inline constexpr int kIdentities = 36;  // identity directions, in the order of identity_names()
inline constexpr int kExpressions =
    32;  // expression directions, in the order of expression_names()

/// Identity weights in units of the named directions; people lie within +-1.8.
using Identity = std::array<float, kIdentities>;

/// One moment. Degrees; +yaw turns to the subject's left (+x), +pitch looks down, +gaze_x to +x, +gaze_y up; jaw 0..25.
struct Pose {
  float yaw = 0, pitch = 0, roll = 0;
  float jaw = 0;
  float gaze_x = 0, gaze_y = 0;
  std::array<float, kExpressions> expression{};
};

enum class HairStyle : std::uint8_t {
  bald,
  buzz,
  short_cut,
  sidepart,
  bangs,
  receding,
  afro,
  curly,
  bun,
  pony,
  long_hair,
  bob
};
enum class Beard : std::uint8_t { none, stubble, moustache, goatee, full };
enum class Glasses : std::uint8_t { none, round, square, sun };
enum class Hat : std::uint8_t { none, beanie, cap };
enum class Neckline : std::uint8_t { crew, stripe, vee, shirt, turtle };

/// Colours are sRGB, 0..255.
struct Appearance {
  float melanin = 0.2F;  // 0..1
  float age = 0.2F;      // 0..1: lines, under-eye shadow
  HairStyle hair = HairStyle::short_cut;
  render::Vec3 hair_colour{58, 38, 27};
  float hair_thickness = 1;  // 0.8..1.3
  Beard beard = Beard::none;
  float brow_height = 0, brow_arch = 0, brow_width = 1;
  float lip_tint = 0.2F;  // 0..0.55 towards lipstick
  render::Vec3 iris_colour{92, 58, 34};
  Glasses glasses = Glasses::none;
  render::Vec3 glasses_colour{30, 28, 30};
  Hat hat = Hat::none;
  render::Vec3 hat_colour{90, 90, 160};
  Neckline neckline = Neckline::crew;
  render::Vec3 cloth_colour{80, 110, 150}, stripe_colour{220, 220, 220};
  std::uint64_t seed = 0;  // of hairline, strands, skin noise
};

/// Key light from azimuth and elevation (degrees), factors as heads_pilot section 11.
struct Light {
  float azimuth = 30, elevation = 30;
  float strength = 1, warmth = 0;  // warmth -0.06..0.06
  float ambient = 0.5F;
  float rim = 0.2F;
};

enum class BackgroundKind : std::uint8_t { plain, gradient, discs, boxes };
struct Background {
  BackgroundKind kind = BackgroundKind::gradient;
  render::Vec3 first{110, 130, 110}, second{120, 140, 130};
  std::uint64_t seed = 0;
};

/// Weak perspective: a pixel is size * scale / 30.5 per cm around y = -0.5 cm, moved by tx, ty cm.
struct Camera {
  float scale = 1;
  float tx = 0, ty = 0;
};

}  // namespace dact::head
