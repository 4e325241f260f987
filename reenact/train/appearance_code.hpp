// Looks, light and background as 66 numbers, each about -1 .. 1 or 0 .. 1, for networks that read them from a picture.
#pragma once
#include <array>

#include "reenact/head/appearance.hpp"
#include "reenact/nets/style.hpp"

namespace dact::train {

/// What cannot be seen (the colour of a hat that is not worn) has seen = 0; its value means nothing.
struct AppearanceCode {
  std::array<float, nets::kAppearance> value{}, seen{};
};

/// In this order: melanin, age, brow height, arch, width, lip tint, iris colour (3); hair style (12, one of them 1),
/// colour (3), thickness; beard (5); glasses (4), colour (3); hat (3), colour (3); neckline (5), cloth colour (3), stripe
/// colour (3); azimuth, elevation, strength, warmth, ambient, rim of the light; both background colours (6).
/// Colours are (c - 127.5) / 127.5.
AppearanceCode appearance_code(const head::Appearance& looks, const head::Light& light,
                               const head::Background& background);

}  // namespace dact::train
