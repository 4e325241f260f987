// Ears: a disc with relief, hinged at its front edge (heads_pilot recipe, section 5).
#include "reenact/head/parts.hpp"

namespace dact::head {
namespace {

constexpr int kEarRings = 10, kEarSpokes = 32;

double ear_relief(double r, double x, double y, double f) {
  const double s = sin_deg(f), c = cos_deg(f);
  const double up = smooth(-.75, -.2, s), behind = smooth(-.85, -.1, c + .35 * (s > 0 ? s : 0));
  return .38 * bump(r, .90, .085) * up * (.25 + .75 * behind) +
         .42 * bump(r, .56, .11) * up * smooth(-.4, .3, c) - .45 * bump(r, 0, .36) +
         .12 * bump(r, .75, .3) * (1 - up) + .40 * bump(x, -.85, .35) * bump(y, -.35, .5);
}

void add_one_ear(PartBuilder& out, const PartInput& in, double side) {
  const EarRoot root = ear_root(in, side);
  const double sf = sin_deg(root.flare), cf = cos_deg(root.flare), st = sin_deg(8), ct = cos_deg(8);
  const auto place = [&](double back, double up, double relief) {
    const double b = (back + 1.1) * root.size, u = up * root.size, h = relief * root.size;
    const double away = b * sf + h * cf, along = b * cf - h * sf;
    return root.hinge + Point{side * away, u * ct - along * st, -(along * ct + u * st)};
  };
  const std::int32_t first = out.size();
  for (int i = 0; i <= kEarRings + 1; ++i) {
    const bool behind = i == kEarRings + 1;
    const double r = behind ? 1 : static_cast<double>(i) / kEarRings;
    for (int j = 0; j < kEarSpokes; ++j) {
      const double f = 360.0 * j / kEarSpokes, s = sin_deg(f), c = cos_deg(f);
      double x = r * 1.7 * c * (1 + .22 * s) - .05, y = r * (s > 0 ? 3.0 : 2.85) * s;
      double h = ear_relief(r, x, y, f);
      if (behind) {
        x *= .72;
        y *= .8;
        h = -.85;
      }
      const double up = smooth(-.75, -.2, s);
      const double light = 1 - .62 * bump(r, 0, .42) - .22 * bump(r, .74, .07) * up;
      out.add(place(x, y, h), {behind ? 1.25 : r, f, h}, {}, light);
    }
  }
  out.grid(side > 0 ? Part::ear_left : Part::ear_right, first, kEarRings + 2, kEarSpokes, true,
           side > 0);
}

}  // namespace

EarRoot ear_root(const PartInput& in, double side) {
  std::size_t best = 0;
  double least = 1e300;
  for (std::size_t i = 0; i < in.skin.size(); ++i) {
    const double da = (double{in.model.column[i]} - side * 92) * .13,
                 db = double{in.model.coord[i].y} + 2.2;
    if (da * da + db * db < least) {
      least = da * da + db * db;
      best = i;
    }
  }
  const bool covered = has_long_hair(in.appearance.hair);
  EarRoot root;
  root.hinge =
      in.at(static_cast<std::int32_t>(best)) + Point{-side * (covered ? .45 : .15), 0, -.2};
  root.flare = covered ? 4 : 16 + 16 * in.random(11);
  root.size = .85 + .33 * in.random(12);
  return root;
}

void add_ears(PartBuilder& out, const PartInput& in) {
  add_one_ear(out, in, 1);
  add_one_ear(out, in, -1);
}

bool has_long_hair(HairStyle style) {
  return style == HairStyle::long_hair || style == HairStyle::bob;
}

}  // namespace dact::head
