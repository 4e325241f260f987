// Eyeballs, teeth and tongue (heads_pilot recipe, section 5): measured from the identity's skin, so that they follow it.
#include "reenact/head/features.hpp"
#include "reenact/head/grid.hpp"
#include "reenact/head/parts.hpp"
#include "tensor/math_bits.hpp"

namespace dact::head {
namespace {

constexpr int kEyeRings = 20, kEyeSpokes = 32, kToothRows = 7, kToothColumns = 41;
constexpr double kEyeReach = 100;  // degrees from the pupil that the ball is modelled for

// Which stretch of the lid a point at x belongs to; the mean of both lids' x, beyond the corners the nearest.
void find_lid(const PartInput& in, std::size_t side, double x, Eye& eye) {
  const auto& edge = in.model.eye_slit[side][0];
  const double sign = side == 0 ? 1 : -1;
  std::size_t k = 0;
  while (k + 2 < edge.size() && sign * in.at(edge[k + 1]).x < sign * x) ++k;
  const double from = in.at(edge[k]).x, to = in.at(edge[k + 1]).x;
  eye.lid.push_back(static_cast<std::int32_t>(k));
  eye.part.push_back(static_cast<float>(clamp01((x - from) / (to - from))));
}

struct Arch {
  Part part;
  double width, back, lean, free_edge, height;
  Motion motion;
};

void add_teeth(PartBuilder& out, const Arch& arch, Point anchor, double mouth_w) {
  const std::int32_t first = out.size();
  const bool upper = arch.height > 0;
  for (int i = 0; i < kToothRows; ++i) {
    const double q = static_cast<double>(i) / (kToothRows - 1);
    for (int j = 0; j < kToothColumns; ++j) {
      const double phi = -75 + 150.0 * j / (kToothColumns - 1);
      const double x = arch.width * sin_deg(phi) * mouth_w;
      const double gap = sin_deg(phi * 12);  // teeth of 15 degrees: their free edges are round
      const double scallop = i == 0 ? .07 * (1 - gap * gap) * (upper ? 1 : -1) : 0;
      const Point p{x, arch.free_edge + arch.height * q + scallop,
                    arch.back - 2.6 * (1 - cos_deg(phi)) + .10 * sin_deg(180 * q) - q * arch.lean};
      out.add(anchor + p, {x, q, phi}, arch.motion);
    }
  }
  out.grid(arch.part, first, kToothRows, kToothColumns, false, !upper);
}

void add_tongue(PartBuilder& out, Point centre) {
  constexpr int rings = 9, spokes = 20;
  const std::int32_t first = out.size();
  const Motion motion{1, true};
  for (int i = 0; i <= rings; ++i) {
    for (int j = 0; j < spokes; ++j) {
      const double theta = 180.0 * i / rings, phi = 360.0 * j / spokes;
      const double s = sin_deg(theta), x = s * cos_deg(phi), y = s * sin_deg(phi),
                   z = cos_deg(theta);
      const double groove = y > 0 ? .10 * bump(x, 0, .25) : 0;
      out.add(centre + Point{1.7 * x, .45 * y - groove, 2.6 * z}, {x, y, z}, motion);
    }
  }
  out.grid(Part::tongue, first, rings + 1, spokes, true, true);
}

}  // namespace

EyePlace eye_place(const PartInput& in, std::size_t side) {
  const auto& edge = in.model.eye_slit[side][0];
  const Point inner = in.at(edge.front()), outer = in.at(edge.back());
  const Point mean_inner = in.mean_at(edge.front()), mean_outer = in.mean_at(edge.back());
  const double scale = length(outer - inner) / length(mean_outer - mean_inner);
  const Point from_middle = eye_centre({}, side == 0 ? 1 : -1) - (mean_inner + mean_outer) * .5;
  return {(inner + outer) * .5 + from_middle * scale, scale};
}

Eye add_eye(PartBuilder& out, const PartInput& in, std::size_t side) {
  Eye eye;
  const EyePlace place_of_eye = eye_place(in, side);
  eye.centre = place_of_eye.centre;
  eye.scale = place_of_eye.scale;
  const double radius = kEyeRadius * kEyeBase * eye.scale, scale = kEyeBase * eye.scale;
  eye.first = out.size();
  const auto place = [&](Point d) {
    Point p = d * radius;
    const double ex = p.x / (1.55 * scale), ey = p.y / (.78 * scale);
    const double beyond =
        math::sqrt(ex * ex + ey * ey) - 1;  // outside the almond the ball hides behind the lids
    p.z -= .02 + .9 * power(beyond, 1.5);
    const std::int32_t v = out.add(eye.centre + p, {p.x / eye.scale, 0, 0});
    out.mesh.rest[static_cast<std::size_t>(v)] = vec_from(d);
    const Vec3 f = vec_from(d);
    eye.direction.insert(eye.direction.end(), {f.x, f.y, f.z});
    find_lid(in, side, eye.centre.x + p.x, eye);
  };
  place({0, 0, 1});
  for (int i = 1; i <= kEyeRings; ++i) {
    const double theta = kEyeReach * i / kEyeRings;
    for (int j = 0; j < kEyeSpokes; ++j) {
      const double phi = 360.0 * j / kEyeSpokes;
      place({sin_deg(theta) * cos_deg(phi), sin_deg(theta) * sin_deg(phi), cos_deg(theta)});
    }
  }
  const Part part = side == 0 ? Part::eye_left : Part::eye_right;
  for (std::int32_t j = 0; j < kEyeSpokes; ++j)
    out.triangle(part, eye.first, eye.first + 1 + j, eye.first + 1 + (j + 1) % kEyeSpokes);
  out.grid(part, eye.first + 1, kEyeRings, kEyeSpokes, true, true);
  eye.count = out.size() - eye.first;
  return eye;
}

void add_mouth_parts(PartBuilder& out, const PartInput& in) {
  const auto& slit = in.model.mouth_slit[0];
  const Point anchor = in.at(slit[slit.size() / 2]) + Point{0, 0, .25};
  static const auto width = static_cast<std::size_t>(identity_index("mouth_w"));
  const double mouth_w = 1 + .10 * double{in.identity[width]};
  add_teeth(out, {Part::teeth_upper, 2.25, -.92, .15, -.26, 1.35, {}}, anchor, mouth_w);
  add_teeth(out, {Part::teeth_lower, 2.05, -1.07, .5, -.08, -.9, {1, true}}, anchor, mouth_w);
  add_tongue(out, anchor + Point{0, -.75, -3.9});
}

}  // namespace dact::head
