#include "reenact/head/scalp.hpp"

namespace dact::head {
namespace {

constexpr Knot kHairline[] = {{0, 7.2},   {10, 7.25},  {20, 7.6},   {30, 7.9}, {42, 7.3},
                              {54, 5},    {64, 2},     {74, -1.6},  {84, -1},  {97, 1.9},
                              {110, -.6}, {128, -4.6}, {150, -5.8}, {180, -6}};
constexpr double kCapBottom = -12.2;

double hairline(const Appearance& look, double angle) {
  const double t = angle < 0 ? -angle : angle;
  double h = table(t, kHairline);
  switch (look.hair) {
    case HairStyle::receding:
      h += 2.6 * bump(t, 28, 16) + .8 * bump(t, 0, 14);
      break;
    case HairStyle::bangs:
      h = mix(h < 3.1 ? h : 3.1, h, smooth(50, 58, t));
      break;
    case HairStyle::long_hair:
    case HairStyle::bob:
      h = h > 9.3 ? h : 9.3;
      break;
    default:
      break;
  }
  const double ragged = look.hair == HairStyle::bangs && t < 52 ? .5 : 1;
  return h + ragged * (.40 * (2 * noise(look.seed + 1, .12 * angle) - 1) +
                       .22 * (2 * noise(look.seed + 2, .35 * angle) - 1));
}

// Full thickness and the height above the hairline where it is reached.
struct Growth {
  double thickness, ramp;
};
Growth growth(const Appearance& look, Point p, double angle, double s) {
  const double lumps = noise(look.seed + 3, p.x * .55, p.y * .55, p.z * .55) * .65 +
                       noise(look.seed + 4, p.x * 1.2, p.y * 1.2, p.z * 1.2) * .35;
  switch (look.hair) {
    case HairStyle::bald:
      return {0, 1};
    case HairStyle::buzz:
      return {.14, 1.8};
    case HairStyle::sidepart:
      return {1.15 - .55 * bump(angle, 28, 7) * smooth(0, 2, s) + .45 * smooth(20, -30, angle),
              2.6};
    case HairStyle::bangs:
      return {1.2, 2.8};
    case HairStyle::receding:
      return {.55, 3};
    case HairStyle::afro:
      return {3.6 * (1 + .35 * (lumps - .75)), 3};
    case HairStyle::curly:
      return {1.9 * (1 + .75 * (lumps - .5)), 2.2};
    case HairStyle::bun:
    case HairStyle::pony:
      return {.7, 3};
    case HairStyle::long_hair:
    case HairStyle::bob:
      return {.45, 3.2};
    default:
      return {.9 * (.55 + .75 * smooth(5, 10, p.y)), 3.2};
  }
}

}  // namespace

Scalp::Scalp(const PartInput& in) : in_(in) {
  const std::int32_t count = Grid::apex() + 1;
  out_.resize(static_cast<std::size_t>(count));
  strand_.resize(static_cast<std::size_t>(count));
  for (std::int32_t v = 0; v < count; ++v) {
    const auto i = static_cast<std::size_t>(v);
    const Point p = in.at(v), radial = unit(p - kSkullCentre);
    const double top = smooth(5, 9, p.y);
    out_[i] = unit(point_from(in.skin_normal[i]) * (1 - top) + radial * top);
  }
  for (int j = 0; j < kColumns; ++j) {
    double walked = 0;
    Point last = crown();
    for (int r = kRows - 1; r >= 0; --r) {
      const Point p = in.at(Grid::at(r, j));
      walked += length(p - last);
      strand_[static_cast<std::size_t>(Grid::at(r, j))] = walked;
      last = p;
    }
  }
}

Scalp::Sample Scalp::at_height(int column, double y) const {
  std::int32_t high = Grid::apex();
  for (int r = kRows - 1; r >= 0; --r) {
    const std::int32_t low = Grid::at(r, column);
    const Point a = in_.at(low), b = in_.at(high);
    if (a.y <= y || r == 0) {
      const double t = b.y > a.y ? clamp01((y - a.y) / (b.y - a.y)) : 0;
      return {a + (b - a) * t, unit(outwards(low) * (1 - t) + outwards(high) * t),
              mix(strand(low), strand(high), t)};
    }
    high = low;
  }
  return {crown(), {0, 1, 0}, 0};
}

HairCap hair_cap(const PartInput& in) {
  const Appearance& look = in.appearance;
  const std::int32_t count = Grid::apex() + 1;
  HairCap cap;
  for (std::int32_t v = 0; v < count; ++v) {
    const auto i = static_cast<std::size_t>(v);
    const Point p = in.at(v);
    const double angle = v == Grid::apex() ? 0 : double{in.model.column[i]};
    const bool below = double{in.model.coord[i].y} < kCapBottom;
    const double s = below ? -10 : p.y - hairline(look, angle);
    const Growth g = growth(look, p, angle, s);
    double thick = .7 * s > -.6 ? .7 * s : -.6;
    if (s > -.15) thick = .06 + g.thickness * double{look.hair_thickness} * smooth(-.15, g.ramp, s);
    const double room = room_under_hat(look.hat, angle, p.y);
    if (thick > room) thick = room;
    cap.above.push_back(s);
    cap.thickness.push_back(look.hair == HairStyle::bald ? -1 : thick);
  }
  return cap;
}

double hat_line(Hat hat, double t) {
  t = t < 0 ? -t : t;
  if (hat == Hat::beanie) return 3.6 - .012 * t;
  if (hat == Hat::cap) return 4.2 - .010 * t;
  return kNoHat;
}

double room_under_hat(Hat hat, double t, double y) {
  const double below = hat_line(hat, t) - 1 - y;
  return hat == Hat::none ? 1e9 : .45 + (below > 0 ? (below < 2 ? .6 * below : 1.2) : 0);
}

std::vector<float> cover_of(const PartInput& in) {
  const HairCap cap = hair_cap(in);
  std::vector<float> cover(in.skin.size(), -1);
  for (std::size_t i = 0; i < cap.thickness.size(); ++i) {
    cover[i] = static_cast<float>(cap.thickness[i]);
    const double line = hat_line(in.appearance.hat, double{in.model.column[i]});
    if (line > kNoHat && double{in.skin[i].y} > line + .3) cover[i] = 1;
  }
  return cover;
}

}  // namespace dact::head
