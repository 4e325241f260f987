// Which triangle each sample of a grid sees. Coverage is decided in integers: a sample on a shared edge belongs to
// exactly one of the two triangles, and nothing depends on the order in which the grid is worked off.
#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "reenact/render/scene.hpp"

namespace dact::render {

/// From the world (cm, y up) to samples (x right, y down; the centre of sample (i, j) is at (i + 0.5, j + 0.5)).
struct View {
  Vec3 right{1, 0, 0}, up{0, 1, 0},
      toward{0, 0, 1};   // axes, orthonormal; `toward` points to the eye
  float scale = 1;       // samples per cm, at the origin's depth
  float x0 = 0, y0 = 0;  // where the origin lands
  float distance = 0;    // of the eye from the origin along `toward`, cm; 0: weak perspective
};

/// A vertex as the rasteriser takes it.
struct Point {
  static constexpr std::int32_t kOutside = std::numeric_limits<std::int32_t>::min();
  std::int32_t x, y;  // 1/256 of a sample; kOutside beyond 2^24 or not before the eye
  float depth;        // linear over the screen, larger is nearer: z, or 1 / (distance - z)
};
struct Points {
  std::vector<Point> all;
  bool perspective = false;
};

/// Steady calls with as many points allocate nothing.
void project(std::span<const Vec3> positions, const View& view, Points& out);

/// How the triangles of each part are drawn.
enum class Faces : std::uint8_t { none, front, both };  // front: counter-clockwise as seen
struct DrawRules {
  std::array<Faces, kPartCount> faces{};
  std::array<float, kPartCount> behind{};  // cm that a part's depth is lowered by in the depth test
};

/// Rows first_row .. first_row + rows - 1 of a grid.
struct Samples {
  static constexpr std::int32_t kNone = -1;
  std::int32_t width = 0, first_row = 0, rows = 0;
  std::vector<float> depth;            // row-major; lowest() where nothing was seen
  std::vector<std::int32_t> triangle;  // row-major; kNone where nothing was seen
  void reset(std::int32_t width, std::int32_t first_row, std::int32_t rows);
};

/// Draws the mesh's triangles into the samples.
/// rule         a sample sees the nearest triangle that covers it; of equally near ones the first. A triangle covers the
///              samples inside it, and those on its top and left edges. Triangles with a point outside are left out.
void rasterise(const Mesh& mesh, const Points& points, const DrawRules& rules, Samples& samples);

/// Where a sample lies in the triangle it sees: weights of the three corners, corrected for perspective; they sum to 1
/// up to rounding.
struct Corner {
  std::array<float, 3> weight{};
  bool front = true;  // the triangle is seen from its front
};
Corner corner_weights(const Points& points, const std::array<std::int32_t, 3>& triangle,
                      std::int32_t i, std::int32_t j);

}  // namespace dact::render
