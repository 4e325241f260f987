// Shoulders and collars: they do not move (heads_pilot recipe, section 5).
#include "reenact/head/parts.hpp"

namespace dact::head {
namespace {

constexpr int kControlRings = 9, kTorsoRings = 33, kTorsoSpokes = 64;
// half width, half depth, z of the middle, height, how far the front hangs
constexpr double kRings[kControlRings][5] = {
    {4.4, 4.1, -2, -13.4, 1.4}, {5.7, 5, -2.1, -14.6, 1.5}, {7.2, 5.8, -2, -15.5, 1.3},
    {10, 7, -1.7, -16.3, 1.1},  {14, 8.4, -1.4, -17.4, .9}, {17.8, 9.6, -1.2, -19.2, .7},
    {20, 10.6, -1, -22.5, .3},  {21, 11.2, -.8, -28, 0},    {21.5, 11.5, -.8, -38, 0}};
constexpr Motion kStill{0, false};

Point on_ring(double rx, double rz, double cz, double y, double f, double power_of_ring) {
  const double s = sin_deg(f), c = cos_deg(f), n = 2 / power_of_ring;
  return {rx * sign_of(s) * power(s < 0 ? -s : s, n), y,
          cz + rz * sign_of(c) * power(c < 0 ? -c : c, n)};
}

void add_shoulders(PartBuilder& out) {
  const std::int32_t first = out.size();
  for (int i = kTorsoRings - 1; i >= 0; --i) {
    const double at = static_cast<double>(i) * (kControlRings - 1) / (kTorsoRings - 1);
    int k = static_cast<int>(at);
    if (k > kControlRings - 2) k = kControlRings - 2;
    double r[5];
    for (int m = 0; m < 5; ++m) {
      const auto row = [&](int j) {
        return kRings[j < 0 ? 0 : (j >= kControlRings ? kControlRings - 1 : j)][m];
      };
      r[m] = catmull_rom(row(k - 1), row(k), row(k + 1), row(k + 2), at - k);
    }
    for (int j = 0; j < kTorsoSpokes; ++j) {
      const double f = 360.0 * j / kTorsoSpokes;
      Point p = on_ring(r[0], r[1], r[2], r[3], f, 2.3);
      p.y -= 1.4 * r[4] * cos_deg(f);
      out.add(p, {static_cast<double>(i), f > 180 ? f - 360 : f, 0}, kStill);
    }
  }
  out.grid(Part::torso, first, kTorsoRings, kTorsoSpokes, true);
}

// One row of a collar's profile: scale of the neck's outline, height at the back, fall towards the front.
struct CollarRow {
  double wide, y, fall, height;
  bool inside;
};

void add_collar(PartBuilder& out, std::span<const CollarRow> rows, double wide, double gap) {
  const std::int32_t first = out.size();
  constexpr int columns = 61;
  for (const CollarRow& row : rows) {
    for (int j = 0; j < columns; ++j) {
      const double f = gap + (360 - 2 * gap) * j / (columns - 1), front = .5 + .5 * cos_deg(f);
      const double point =
          row.height == 0 && gap > 0 ? .9 * front * front * front : 0;  // a shirt's tips
      Point p = on_ring(5.25 * wide * row.wide, 4.95 * wide * row.wide, -2.1,
                        row.y - row.fall * front - point, f, 2);
      p.z += point * .6;
      out.add(p, {f > 180 ? f - 360 : f, row.height, row.inside ? 1.0 : 0.0}, kStill);
    }
  }
  out.grid(Part::collar, first, static_cast<int>(rows.size()), columns, false);
}

}  // namespace

void add_torso(PartBuilder& out, const PartInput& in) {
  add_shoulders(out);
  static const auto neck = static_cast<std::size_t>(identity_index("neck_w"));
  const double c = double{in.identity[neck]}, wide = 1 + .08 * (c > 0 ? c : .5 * c);
  if (in.appearance.neckline == Neckline::turtle) {
    constexpr CollarRow rows[] = {{1.55, -16.4, 1.9, 0, false},   {1.34, -15.8, 1.9, .2, false},
                                  {1.22, -14.9, 1.9, .5, false},  {1.19, -13.7, 1.9, .8, false},
                                  {1.16, -13.1, 1.9, .95, false}, {1.11, -12.95, 1.9, 1, false},
                                  {1.07, -13.15, 1.9, .95, true}, {1.04, -15, 1.9, .5, true}};
    add_collar(out, rows, wide, 0);
  } else if (in.appearance.neckline == Neckline::shirt) {
    constexpr CollarRow rows[] = {{1.42, -15.9, 2.2, 0, false}, {1.33, -15.2, 2.1, .3, false},
                                  {1.24, -14.2, 2, .7, false},  {1.18, -13.5, 1.9, .95, false},
                                  {1.13, -13.3, 1.9, 1, false}, {1.09, -13.5, 1.9, .95, true},
                                  {1.06, -15.5, 1.9, .3, true}};
    add_collar(out, rows, wide, 14);
  }
}

}  // namespace dact::head
