#pragma once
#include <cstdint>

#include "reenact/render/fragments.hpp"

namespace dact::render {

/// Key light with shadow, ambient light from above, rim light; the eye looks along -z.
struct ShadeSetup {
  float lx = 0, ly = 0, lz = 1;           // towards the key light
  float hx = 0, hy = 0, hz = 1;           // halfway between the light and the eye
  float key_r = 1, key_g = 1, key_b = 1;  // strength of the key light
  float ambient_r = 0, ambient_g = 0, ambient_b = 0;
  float rim = 0;
  // shadow map: world to texels, depth along (lx, ly, lz)
  float ux = 1, uy = 0, uz = 0, vx = 0, vy = 1, vz = 0, u0 = 0, v0 = 0, per_cm = 1;
  const float* shadow = nullptr;  // [size, size], lowest() where nothing stands before the light
  std::int32_t size = 0;
};

/// Accumulated light of some pixels, to the picture. Colours lie in planes: [3] pointers to [n].
struct PixelRow {
  const float* light[3] = {};          // linear, summed over the samples
  const float* behind[3] = {};         // background, sRGB / 255
  const std::int32_t* seen = nullptr;  // samples that something covers
  float per_sample = 1;                // 1 / samples of a pixel
  std::uint8_t* rgb = nullptr;         // [n, 3]
  float* planes[3] = {};               // -1..1; may be null
};

}  // namespace dact::render

#define DACT_DECLARE_SHADE                                                             \
  void shade_fragments(const render::ShadeSetup& setup, render::Fragments& fragments); \
  void shade_hair(const render::ShadeSetup& setup, render::Fragments& fragments);      \
  void finish_pixels(const render::PixelRow& row, std::int64_t n);
namespace dact::isa_portable {
DACT_DECLARE_SHADE
}
namespace dact::isa_avx2 {
DACT_DECLARE_SHADE
}
namespace dact::isa_avx512 {
DACT_DECLARE_SHADE
}
