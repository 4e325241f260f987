// Long hair and bob: one shell from the parting down, open in front of the face (heads_pilot recipe, section 5).
#include "reenact/head/scalp.hpp"

namespace dact::head {
namespace {

constexpr Knot kOpening[] = {{-18, 76}, {-12, 78}, {-9, 74}, {-6, 66},  {-3, 60}, {1, 57},
                             {3, 55},   {4.5, 50}, {6, 38},  {7.2, 22}, {8.2, 5}, {9.2, -12}};
constexpr int kFirstRow = 71, kHanging = 21;  // grid row near b = 2.4
constexpr double kAxisZ = -1.2;
constexpr double kEdge = 8;  // degrees inside the opening where the shell ends

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
  // The lowest ring on the head, between two columns.
  Point last_ring(double angle) const {
    const auto& angles = grid().angle;
    int j = 0;
    while (j + 2 < kColumns && angles[static_cast<std::size_t>(j) + 1] < angle) ++j;
    const double from = angles[static_cast<std::size_t>(j)],
                 to = angles[static_cast<std::size_t>(j) + 1];
    const Point a = on_head(kFirstRow, j), b = on_head(kFirstRow, j + 1);
    return a + (b - a) * clamp01((angle - from) / (to - from));
  }
  // Inside the opening the shell sinks towards the head's axis.
  Point sink(Point p, double angle) const {
    const double inside = 1 - smooth(-6, 14, beyond_opening(angle, p.y));
    const double pull =
        .34 * inside * (.35 + .65 * smooth(-14, -8, p.y));  // less where no head fills it
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

// The rings that hang free, from the lowest up. Columns in the opening gather at its edge, which so ends in a line.
void hang_rings(PartBuilder& out, const Shell& shell, double end, std::vector<char>& hidden) {
  for (int k = kHanging; k >= 1; --k) {
    const double part = 1.0 * k / kHanging;
    for (int j = 0; j < kColumns; ++j) {
      double angle = grid().angle[static_cast<std::size_t>(j)];
      Point start = shell.on_head(kFirstRow, j);
      const double edge = shell.open(angle, mix(start.y, end, part)) - kEdge;
      const bool gathered = angle < edge && angle > -edge;
      if (gathered) {
        angle = angle < 0 ? -edge : edge;
        start = shell.last_ring(angle);
      }
      const double dy = (start.y - end) * part;
      add_vertex(out, shell, hanging(shell, start, angle, dy), angle,
                 shell.scalp.strand(Grid::at(kFirstRow, j)) + dy, mix(2.4, end, part));
      hidden.push_back(gathered);
    }
  }
}

void cover_head(PartBuilder& out, const Shell& shell, std::vector<char>& hidden) {
  const Hat hat = shell.in.appearance.hat;
  for (int r = kFirstRow; r < kRows; r += 2) {
    for (int j = 0; j < kColumns; ++j) {
      const double angle = grid().angle[static_cast<std::size_t>(j)], line = hat_line(hat, angle);
      const Point p = shell.on_head(r, j);
      add_vertex(out, shell, p, angle, shell.scalp.strand(Grid::at(r, j)), 0);
      hidden.push_back(shell.beyond_opening(angle, p.y) < -kEdge ||
                       (line > kNoHat && p.y > line + .6));
    }
  }
  out.add(shell.scalp.crown() + Point{0, 1.15 * shell.thickness, 0}, {0, 8, 0});
  hidden.push_back(hat != Hat::none);
}

}  // namespace

void add_long_hair(PartBuilder& out, const PartInput& in) {
  const bool bob = in.appearance.hair == HairStyle::bob;
  const Shell shell{in, Scalp(in), bob, -30 + 60 * in.random(21),
                    double{in.appearance.hair_thickness}};
  const std::int32_t first = out.size();
  std::vector<char>
      hidden;  // of the vertices from `first` on: a triangle of only such ones is left out
  hang_rings(out, shell, bob ? -7.6 : -18.5, hidden);
  cover_head(out, shell, hidden);
  const auto rings = static_cast<int>(hidden.size() / kColumns);
  PartBuilder whole;
  whole.grid(Part::hair, first, rings, kColumns, true);
  const std::int32_t last = first + (rings - 1) * kColumns;
  for (std::int32_t j = 0; j < kColumns; ++j)
    whole.triangle(Part::hair, last + j, last + (j + 1) % kColumns, last + kColumns);
  const auto is_hidden = [&](std::int32_t v) {
    return hidden[static_cast<std::size_t>(v - first)] != 0;
  };
  for (const auto& t : whole.mesh.triangles)
    if (!(is_hidden(t[0]) && is_hidden(t[1]) && is_hidden(t[2])))
      out.triangle(Part::hair, t[0], t[1], t[2]);
}

}  // namespace dact::head
