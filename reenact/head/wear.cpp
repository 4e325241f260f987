// Glasses and hats (heads_pilot recipe, section 5).
#include "reenact/head/scalp.hpp"

namespace dact::head {
namespace {

// A tube around a line of points; `ref`: any direction the line never runs along.
void add_tube(PartBuilder& out, const std::vector<Point>& line, double radius, Point ref,
              double kind, bool closed) {
  constexpr int sides = 6;
  const std::int32_t first = out.size();
  const int count = static_cast<int>(line.size());
  double walked = 0;
  for (int i = 0; i < count + (closed ? 1 : 0); ++i) {
    const auto at = [&](int k) {
      const int wrapped = closed ? (k + count) % count : (k < 0 ? 0 : (k >= count ? count - 1 : k));
      return line[static_cast<std::size_t>(wrapped)];
    };
    const Point along = unit(at(i + 1) - at(i - 1)), u = unit(cross(along, ref)),
                v = cross(u, along);
    if (i > 0) walked += length(at(i) - at(i - 1));
    for (int j = 0; j < sides; ++j) {
      const double f = 360.0 * j / sides;
      out.add(at(i) + u * (radius * cos_deg(f)) + v * (radius * sin_deg(f)), {walked, f, kind});
    }
  }
  out.grid(Part::glasses, first, count + (closed ? 1 : 0), sides, true, true);
}

struct Frame {
  Point eye;  // centre of the rim, z unused
  double rx, ry, power, front;
  double z(double x) const {
    const double beyond = (x < 0 ? -x : x) - 1;
    return front - .035 * beyond * beyond;
  }
  Point rim(double f, double scale) const {
    const double c = cos_deg(f), s = sin_deg(f), n = 2 / power;
    const double x = eye.x + scale * rx * sign_of(c) * head::power(c < 0 ? -c : c, n);
    return {x, eye.y + scale * ry * sign_of(s) * head::power(s < 0 ? -s : s, n), z(x)};
  }
};

// Half width of the head at depth z, on the row above the eyes.
double width_at(const PartInput& in, double side, double z) {
  for (int k = 10; k < kHalfColumns; ++k) {
    const int at = kHalfColumns - 1 + (side > 0 ? k : -k);
    const Point p = in.at(Grid::at(kEyeRow + 2, at));
    if (p.z <= z) return side * p.x;
  }
  return 0;
}

void add_temple(PartBuilder& out, const PartInput& in, const Frame& frame, double side) {
  const Point from = frame.rim(side > 0 ? 0 : 180, 1) + Point{0, .45 * frame.ry, 0};
  const Point to = ear_root(in, side).hinge + Point{0, 1.2, -.6};
  std::vector<Point> line;
  for (int i = 0; i <= 16; ++i) {
    const double t = i / 16.0;
    Point p = from + (to - from) * t;
    const double room = width_at(in, side, p.z) + .12;
    if (i > 0 && i < 16 && side * p.x < room) p.x = side * room;
    line.push_back(p);
  }
  line.push_back(to + Point{0, -.8, -.9});
  add_tube(out, line, .13, {0, 1, 0}, 2, false);
}

void add_lens(PartBuilder& out, const Frame& frame) {
  constexpr int spokes = 36;
  const auto vertex = [&](Point p, double inside) {
    return out.add(p - Point{0, 0, .05}, {p.x - frame.eye.x, p.y - frame.eye.y, inside});
  };
  const std::int32_t middle = vertex({frame.eye.x, frame.eye.y, frame.z(frame.eye.x)}, 1);
  for (int j = 0; j < spokes; ++j) vertex(frame.rim(360.0 * j / spokes, 1), 0);
  for (std::int32_t j = 0; j < spokes; ++j)
    out.triangle(Part::lens, middle, middle + 1 + j, middle + 1 + (j + 1) % spokes);
}

// Rings of a hat from its lower edge (inside, then outside) to the crown.
void add_crown(PartBuilder& out, const PartInput& in, const Scalp& scalp) {
  constexpr int rings = 20;
  const Hat hat = in.appearance.hat;
  const auto thickness = [&](double s, double y) {
    if (hat == Hat::cap) return .62 + .6 * smooth(0, 5, s);
    const double u = (s - 1.2) / 1.3;
    return .55 + .28 * fade(u * u * u * u) + .7 * smooth(6, 11, y);
  };
  const std::int32_t first = out.size();
  const Point top = scalp.crown();
  for (int k = -1; k < rings; ++k) {
    for (int j = 0; j < kColumns; ++j) {
      const double angle = grid().angle[static_cast<std::size_t>(j)], line = hat_line(hat, angle);
      const double s = k <= 0 ? 0 : (top.y - line) * sin_deg(90.0 * k / rings);
      const Scalp::Sample on = scalp.at_height(j, line + s);
      const double thick = k < 0 ? -.3 : thickness(s, line + s);
      out.add(on.position + on.outwards * thick, {angle, s, 0});
    }
  }
  const double rise = thickness(top.y - hat_line(hat, 0), top.y);
  const std::int32_t tip = out.add(top + Point{0, rise, 0}, {0, top.y - hat_line(hat, 0), 0});
  out.grid(Part::hat, first, rings + 1, kColumns, true);
  const std::int32_t last = first + rings * kColumns;
  for (std::int32_t j = 0; j < kColumns; ++j)
    out.triangle(Part::hat, last + j, last + (j + 1) % kColumns, tip);
}

void add_brim(PartBuilder& out, const Scalp& scalp) {
  constexpr int half = 35, outwards = 7;  // columns within 62 degrees of the front
  constexpr double half_angle = 62, reach = 6.2;
  for (const bool top : {true, false}) {
    const std::int32_t first = out.size();
    for (int i = 0; i < outwards; ++i) {
      for (int j = -half; j <= half; ++j) {
        const int column = kHalfColumns - 1 + j;
        const double angle = grid().angle[static_cast<std::size_t>(column)], u = angle / half_angle;
        const Scalp::Sample on = scalp.at_height(column, hat_line(Hat::cap, angle));
        const Point flat = unit({on.outwards.x, 0, on.outwards.z});
        const double d = reach * power(1 - u * u, .6) * i / (outwards - 1);
        const double drop = .10 * d + .012 * d * d + .35 * u * u * d / reach;
        const Point root = on.position + flat * .45;
        out.add(root + Point{.25 * flat.x * d, (top ? .1 : -.06) - drop, d}, {angle, d, 1});
      }
    }
    out.grid(Part::hat, first, outwards, 2 * half + 1, false, top);
  }
}

void add_ball(PartBuilder& out, Point centre, double radius) {
  constexpr int rings = 8, spokes = 16;
  const std::int32_t first = out.size();
  for (int i = 0; i <= rings; ++i) {
    for (int j = 0; j < spokes; ++j) {
      const double theta = 180.0 * i / rings, phi = 360.0 * j / spokes, s = sin_deg(theta);
      out.add(centre + Point{s * sin_deg(phi), -cos_deg(theta), s * cos_deg(phi)} * radius,
              {phi, theta, 2});
    }
  }
  out.grid(Part::hat, first, rings + 1, spokes, true);
}

}  // namespace

void add_glasses(PartBuilder& out, const PartInput& in) {
  const Glasses kind = in.appearance.glasses;
  if (kind == Glasses::none) return;
  const bool round = kind == Glasses::round;
  const Point left = eye_place(in, 0).centre, right = eye_place(in, 1).centre;
  const double nose = in.at(Grid::at(kEyeRow - 1, kHalfColumns - 1)).z + .05;
  std::array<Frame, 2> frames;
  for (const std::size_t side : {0u, 1u}) {
    const Point eye = side == 0 ? left : right;
    frames[side] = {{1.03 * eye.x, eye.y - .25, 0},
                    2.65,
                    round ? 2.35 : 2.0,
                    round ? 2.0 : 3.6,
                    nose > 9.2 ? nose : 9.2};
    std::vector<Point> line;
    for (int j = 0; j < 48; ++j) line.push_back(frames[side].rim(7.5 * j, 1));
    add_tube(out, line, .15, {0, 0, 1}, 0, true);
    add_temple(out, in, frames[side], side == 0 ? 1 : -1);
    if (kind == Glasses::sun) add_lens(out, frames[side]);
  }
  std::vector<Point> bridge;
  const Point a = frames[1].rim(round ? 20 : 35, 1), b = frames[0].rim(round ? 160 : 145, 1);
  for (int i = 0; i <= 8; ++i) {
    const double t = i / 8.0;
    bridge.push_back(a + (b - a) * t + Point{0, .25 * sin_deg(180 * t), .12 * sin_deg(180 * t)});
  }
  add_tube(out, bridge, .13, {0, 0, 1}, 1, false);
}

void add_hat(PartBuilder& out, const PartInput& in) {
  const Hat hat = in.appearance.hat;
  if (hat == Hat::none) return;
  const Scalp scalp(in);
  add_crown(out, in, scalp);
  if (hat == Hat::cap) {
    add_brim(out, scalp);
    add_ball(out, scalp.crown() + Point{0, 1.3, 0}, .45);
  } else if (in.random(31) > .6) {
    add_ball(out, scalp.crown() + Point{0, 2.3, 0}, 1.7);
  }
}

}  // namespace dact::head
