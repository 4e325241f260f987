#pragma once
#include <cstdint>

#include "reenact/render/fragments.hpp"

namespace dact::head {

/// Red, green, blue: sRGB numbers / 255.
struct Tint {
  float r = 0, g = 0, b = 0;
};

/// All that the painters know of a person and of the moment. Enumerations as numbers of appearance.hpp.
struct Paint {
  Tint skin, lips, hair, scalp, iris, glasses, hat, cloth, stripe;
  float melanin = 0, age = 0, lip_tint = 0;
  float brow_height = 0, brow_arch = 0, brow_width = 1;
  int hair_style = 0, beard = 0, glasses_style = 0, hat_style = 0, neckline = 0;
  std::uint32_t seed = 0;
  float pixel_cm = 0.12F;      // side of a shaded point: finer patterns fade
  float rotation[9] = {};      // row-major, of the head
  float glint[3] = {0, 0, 1};  // normal of an eye where its highlight sits
};

}  // namespace dact::head

#define DACT_DECLARE_COLOUR                                                 \
  void paint_skin(const head::Paint& paint, render::Fragments& fragments);  \
  void paint_eyes(const head::Paint& paint, render::Fragments& fragments);  \
  void paint_mouth(const head::Paint& paint, render::Fragments& fragments); \
  void paint_hair(const head::Paint& paint, render::Fragments& fragments);  \
  void paint_things(const head::Paint& paint, render::Fragments& fragments);
namespace dact::isa_portable {
DACT_DECLARE_COLOUR
}
namespace dact::isa_avx2 {
DACT_DECLARE_COLOUR
}
namespace dact::isa_avx512 {
DACT_DECLARE_COLOUR
}
