// Short hair: a second skin that sinks below the first one under the hairline (heads_pilot recipe, section 5).
#include "reenact/head/scalp.hpp"

namespace dact::head {
namespace {

constexpr double kSunk = -1.0;  // above: nothing of a triangle this deep can show

// An ellipsoid of hair; angle and height of the coordinates run around its axis.
void add_knot(PartBuilder& out, Point centre, Point radii, double along) {
  constexpr int rings = 12, spokes = 24;
  const std::int32_t first = out.size();
  for (int i = 0; i <= rings; ++i) {
    for (int j = 0; j < spokes; ++j) {
      const double theta = 180.0 * i / rings, phi = 360.0 * j / spokes, s = sin_deg(theta);
      const Point d{s * sin_deg(phi), -cos_deg(theta), s * cos_deg(phi)};
      out.add(centre + Point{d.x * radii.x, d.y * radii.y, d.z * radii.z},
              {phi > 180 ? phi - 360 : phi, 5, along + radii.y * theta / 90});
    }
  }
  out.grid(Part::hair, first, rings + 1, spokes, true);
}

bool under_hat(const PartInput& in, std::int32_t v) {
  const auto i = static_cast<std::size_t>(v);
  const double line = hat_line(in.appearance.hat, double{in.model.column[i]});
  return line > kNoHat && double{in.skin[i].y} > line + .6;
}

void add_cap(PartBuilder& out, const PartInput& in) {
  const Scalp scalp(in);
  const HairCap cap = hair_cap(in);
  const double lift = in.appearance.hair == HairStyle::bangs ? .35 : 0;
  std::vector<std::int32_t> number(cap.above.size(), -1);
  const auto vertex = [&](std::int32_t v) {
    const auto i = static_cast<std::size_t>(v);
    if (number[i] < 0) {
      Point p = in.at(v) + scalp.outwards(v) * cap.thickness[i];
      const double t = double{in.model.coord[i].z};
      if (cap.above[i] > -.15)
        p.z += lift * (1 - smooth(40, 60, t)) * smooth(-.15, .6, cap.above[i]);
      number[i] = out.add(p, {double{in.model.column[i]}, cap.above[i], scalp.strand(v)});
    }
    return number[i];
  };
  // The slits' copies lie far below; only triangles of the grid and the apex carry hair.
  for (std::size_t k = 0; k < static_cast<std::size_t>(kSkinTriangles); ++k) {
    const auto& t = in.model.triangles[k];
    bool sunk = true, grid_only = true, covered = true;
    for (const std::int32_t v : t) {
      grid_only = grid_only && v <= Grid::apex();
      if (!grid_only) break;
      sunk = sunk && cap.above[static_cast<std::size_t>(v)] < kSunk;
      covered = covered && under_hat(in, v);
    }
    if (!grid_only || sunk || covered) continue;
    const std::int32_t a = vertex(t[0]), b = vertex(t[1]),
                       c = vertex(t[2]);  // numbered in this order
    out.triangle(Part::hair, a, b, c);
  }
}

}  // namespace

void add_hair(PartBuilder& out, const PartInput& in) {
  const HairStyle style = in.appearance.hair;
  if (style == HairStyle::bald) return;
  add_cap(out, in);
  const Point crown = in.at(Grid::apex());
  const Point back = in.at(Grid::at(kEyeRow, kColumns - 1));
  if (style == HairStyle::bun && in.appearance.hat == Hat::none)
    add_knot(out, crown + Point{0, -.3, -3.4}, {3.1, 2.7, 3}, 8);
  if (style == HairStyle::pony) add_knot(out, back + Point{0, -6.5, -1.6}, {2.2, 8.5, 2.3}, 16);
  if (has_long_hair(style)) add_long_hair(out, in);
}

}  // namespace dact::head
