// Long hair and bob: one shell from the parting down, open in front of the face (heads_pilot recipe, section 5).
#include "reenact/head/scalp.hpp"

namespace dact::head {
namespace {

constexpr Knot kOpening[] = {{-18, 74}, {-8, 66}, {-3, 60},  {1, 57},  {3, 55},
                             {4.5, 50}, {6, 38},  {7.2, 22}, {8.2, 5}, {9.2, -12}};
constexpr int kFirstRow = 71, kHanging = 21;  // grid row near b = 2.4
constexpr double kAxisZ = -1.2;

struct Shell {
  const PartInput& in;
  Scalp scalp;
  bool bob;
  double parting;  // column angle
  double thickness;

  double open(double angle, double y) const {
    return table(y, kOpening) +
           3 * (2 * noise(in.appearance.seed + 5, .5 * y + (angle < 0 ? 40 : 0)) - 1);
  }
  double beyond_opening(double angle, double y) const {
    return (angle < 0 ? -angle : angle) - open(angle, y);
  }
  // Inside the opening the shell sinks towards the head's axis.
  Point sink(Point p, double angle) const {
    const double pull = .34 * (1 - smooth(-6, 14, beyond_opening(angle, p.y)));
    return {p.x * (1 - pull), p.y, kAxisZ + (p.z - kAxisZ) * (1 - pull)};
  }
  Point on_head(int row, int column) const {
    const std::int32_t v = Grid::at(row, column);
    const double angle = double{in.model.column[static_cast<std::size_t>(v)]};
    const Point p = in.at(v);
    const double groove =
        .55 * bump(angle, parting, 6) * smooth(5.5, 8, p.y) * (1 - smooth(10.4, 11.4, p.y));
    double thick = 1.15 * (.75 + .25 * smooth(4, 9, p.y)) * thickness - groove;
    const double room = room_under_hat(in.appearance.hat, angle, p.y);
    if (thick > room) thick = room;
    return p + scalp.outwards(v) * thick;
  }
};

// level: height that the whole ring shares, for how far it turns with the head
void add_vertex(PartBuilder& out, const Shell& shell, Point p, double angle, double strand,
                double level) {
  const double beyond = shell.beyond_opening(angle, p.y);
  const Motion motion{static_cast<float>(smooth(-24, -8, level)), false};
  out.add(shell.sink(p, angle), {angle, 4 + (beyond > 0 ? .05 * beyond : 0), strand}, motion);
}

// A ring of hanging hair; dy is how far it hangs below the head's last ring.
Point hanging(const Shell& shell, Point start, double angle, double dy) {
  double grow = 1 + .05 * smooth(0, 5, dy) - .10 * smooth(10, 21, dy);
  if (shell.bob) grow = 1 + .09 * bump(dy, 7.5, 4) - .12 * smooth(8.6, 10.4, dy);
  const double wave =
      .30 * sin_deg((.7 * (start.y - dy) + 3 * angle * kDegree) / kDegree) * smooth(0, 3, dy);
  const Point from{start.x, 0, start.z - kAxisZ};
  const Point away = unit(from);
  Point p = away * (length(from) * grow + (shell.bob ? .5 : 1) * wave);
  if (p.z < 0) p.z *= 1 - .22 * smooth(2, 14, dy);
  return {p.x, start.y - dy, p.z + kAxisZ};
}

}  // namespace

void add_long_hair(PartBuilder& out, const PartInput& in) {
  const bool bob = in.appearance.hair == HairStyle::bob;
  const Shell shell{in, Scalp(in), bob, -30 + 60 * in.random(21),
                    double{in.appearance.hair_thickness}};
  const double end = bob ? -7.6 : -18.5;
  const std::int32_t first = out.size();
  int rings = 0;
  for (int k = kHanging; k >= 1; --k, ++rings) {
    for (int j = 0; j < kColumns; ++j) {
      const Point start = shell.on_head(kFirstRow, j);
      const double angle = grid().angle[static_cast<std::size_t>(j)];
      const double dy = (start.y - end) * k / kHanging;
      add_vertex(out, shell, hanging(shell, start, angle, dy), angle,
                 shell.scalp.strand(Grid::at(kFirstRow, j)) + dy,
                 mix(2.4, end, 1.0 * k / kHanging));
    }
  }
  for (int r = kFirstRow; r < kRows; r += 2, ++rings)
    for (int j = 0; j < kColumns; ++j)
      add_vertex(out, shell, shell.on_head(r, j), grid().angle[static_cast<std::size_t>(j)],
                 shell.scalp.strand(Grid::at(r, j)), 0);
  const std::int32_t top =
      out.add(shell.scalp.crown() + Point{0, 1.15 * shell.thickness, 0}, {0, 8, 0});
  const auto hidden = [&](std::int32_t v) {
    const Vec3 p = out.mesh.position[static_cast<std::size_t>(v)];
    const double angle = double{out.mesh.coord[static_cast<std::size_t>(v)].x};
    if (shell.beyond_opening(angle, double{p.y}) < -8) return true;
    const double line = hat_line(in.appearance.hat, angle);
    return line > kNoHat && double{p.y} > line + .6;
  };
  PartBuilder whole;  // triangles first, then those that can be seen
  whole.grid(Part::hair, first, rings, kColumns, true);
  for (std::int32_t j = 0; j < kColumns; ++j) {
    const std::int32_t last = first + (rings - 1) * kColumns;
    whole.triangle(Part::hair, last + j, last + (j + 1) % kColumns, top);
  }
  for (const auto& t : whole.mesh.triangles)
    if (!(hidden(t[0]) && hidden(t[1]) && hidden(t[2]))) out.triangle(Part::hair, t[0], t[1], t[2]);
}

}  // namespace dact::head
