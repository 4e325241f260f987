// What stands behind a head.
#pragma once
#include <cstdint>
#include <vector>

#include "reenact/head/appearance.hpp"

namespace dact::render {

/// A background of the seed: plain 12 %, gradient 23 %, discs 35 %, boxes 30 %; muted colours.
head::Background draw_background(std::uint64_t seed);

/// Rows first_row .. first_row + rows - 1 of a square picture: [3, rows, size], sRGB / 255. `out` is resized.
/// gradient: from `first` to `second` along a direction of the seed; discs, boxes: 22 soft discs, 7 soft rectangles on it.
void paint_background(const head::Background& background, std::int32_t size, std::int32_t first_row,
                      std::int32_t rows, std::vector<float>& out);

}  // namespace dact::render
