#include "reenact/head/grid.hpp"

#include "reenact/head/formula.hpp"
#include "reenact/head/loft.hpp"

namespace dact::head {
namespace {

constexpr int kNeckRows = 12, kFaceRows = 60;
constexpr double kFaceBottom = -12.25, kFaceStep = 0.25;
constexpr double kEyeInner = 1.55;  // |a| near which the eye slits begin

// Of a half ring: even steps in front, then wider and wider ones.
double column_angle(int k) {
  if (k <= 30) return 1.6 * k;
  const double j = k - 30;
  return k == kHalfColumns ? 180 : 48 + 1.6 * j + 0.1625 * j * j;
}

double magnitude(double x) { return x < 0 ? -x : x; }

}  // namespace

Grid::Grid() {
  place_rows_and_columns();
  add_vertices();
  cut_eyes();
  cut_mouth();
  add_skin_triangles();
  add_rims();
  add_bag();
}

void Grid::place_rows_and_columns() {
  for (int j = 0; j < kColumns; ++j) {
    const int k = j - (kHalfColumns - 1);
    angle[static_cast<std::size_t>(j)] = k < 0 ? -column_angle(-k) : column_angle(k);
  }
  const double face_begin = loft_row(kFaceBottom);
  const double face_end = loft_row(kFaceBottom + kFaceStep * (kFaceRows - 1));
  const int crown_rows = kRows - kNeckRows - kFaceRows;
  for (int i = 0; i < kRows; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (i < kNeckRows) {
      row[at] = face_begin * i / kNeckRows;
      height[at] = loft_ring(row[at], {}).front_y;
    } else if (i < kNeckRows + kFaceRows) {
      height[at] = kFaceBottom + kFaceStep * (i - kNeckRows);
      row[at] = loft_row(height[at]);
    } else {
      const double part = static_cast<double>(i - kNeckRows - kFaceRows + 1) / (crown_rows + 1);
      row[at] = mix(face_end, kLoftRows - 1, part);
      height[at] = loft_ring(row[at], {}).front_y;
    }
  }
}

void Grid::add_vertices() {
  for (int i = 0; i < kRows; ++i) {
    const double s = row[static_cast<std::size_t>(i)], b = height[static_cast<std::size_t>(i)];
    const LoftRing ring = loft_ring(s, {});
    for (const double column : angle) {
      GridVertex v;
      v.a = loft_point(ring, column).x;
      v.b = b;
      v.t = magnitude(column);
      v.angle = column;
      v.row = s;
      v.eye_side = b >= 0 ? 1 : -1;
      v.mouth_side = i >= kMouthRow ? 1 : -1;
      if (column == 0 || column == 180) v.a = 0;
      vertices.push_back(v);
    }
  }
  GridVertex top;
  top.row = kLoftRows - 1;
  top.b = loft_ring(top.row, {}).front_y;
  top.eye_side = top.mouth_side = 1;
  vertices.push_back(top);
}

// The copies of a slit's inner vertices carry the quads below it.
void Grid::cut_eyes() {
  int first = kHalfColumns - 1;
  while (vertices[static_cast<std::size_t>(at(kEyeRow, first))].a < kEyeInner - 0.12) ++first;
  for (const int side : {0, 1}) {
    for (int k = 0; k < kEyeSlit; ++k) {
      const int column = side == 0 ? first + k : 2 * (kHalfColumns - 1) - first - k;
      const std::int32_t v = at(kEyeRow, column);
      std::int32_t below = v;
      if (k > 0 && k < kEyeSlit - 1) {
        below = static_cast<std::int32_t>(vertices.size());
        GridVertex copy = vertices[static_cast<std::size_t>(v)];
        copy.eye_side = -1;
        vertices.push_back(copy);
      }
      eye_slit[static_cast<std::size_t>(side)][0].push_back(v);
      eye_slit[static_cast<std::size_t>(side)][1].push_back(below);
    }
  }
  eye_corner = {vertices[static_cast<std::size_t>(eye_slit[0][0].front())].a,
                vertices[static_cast<std::size_t>(eye_slit[0][0].back())].a};
}

void Grid::cut_mouth() {
  const int half = kMouthSlit / 2;
  for (int k = -half; k <= half; ++k) {
    const std::int32_t v = at(kMouthRow, kHalfColumns - 1 + k);
    std::int32_t below = v;
    if (k > -half && k < half) {
      below = static_cast<std::int32_t>(vertices.size());
      GridVertex copy = vertices[static_cast<std::size_t>(v)];
      copy.mouth_side = -1;
      vertices.push_back(copy);
    }
    mouth_slit[0].push_back(v);
    mouth_slit[1].push_back(below);
  }
}

void Grid::add_skin_triangles() {
  std::vector<std::int32_t> below(static_cast<std::size_t>(apex()) +
                                  1);  // what the quads under a vertex use
  for (std::size_t i = 0; i < below.size(); ++i) below[i] = static_cast<std::int32_t>(i);
  const auto cut = [&](const std::array<std::vector<std::int32_t>, 2>& slit) {
    for (std::size_t k = 0; k < slit[0].size(); ++k)
      below[static_cast<std::size_t>(slit[0][k])] = slit[1][k];
  };
  cut(eye_slit[0]);
  cut(eye_slit[1]);
  cut(mouth_slit);
  for (int i = 0; i + 1 < kRows; ++i) {
    for (int j = 0; j < kColumns; ++j) {
      const int next = (j + 1) % kColumns;
      const std::int32_t p = at(i, j), q = at(i, next);
      const std::int32_t r = below[static_cast<std::size_t>(at(i + 1, next))],
                         s = below[static_cast<std::size_t>(at(i + 1, j))];
      if ((i + j) % 2 == 0) {
        triangles.push_back({p, q, r});
        triangles.push_back({p, r, s});
      } else {
        triangles.push_back({p, q, s});
        triangles.push_back({q, r, s});
      }
    }
  }
  for (int j = 0; j < kColumns; ++j)
    triangles.push_back({at(kRows - 1, j), at(kRows - 1, (j + 1) % kColumns), apex()});
}

// One more row behind each lid's edge, so that the lid has thickness.
void Grid::add_rims() {
  for (const std::size_t side : {0u, 1u}) {
    for (const std::size_t lid : {0u, 1u}) {
      const auto& edge = eye_slit[side][lid];
      const auto first = static_cast<std::int32_t>(vertices.size());
      for (const std::int32_t v : edge) {
        GridVertex rim = vertices[static_cast<std::size_t>(v)];
        rim.layer = Layer::rim;
        rim.eye_side = lid == 0 ? 1 : -1;
        rim.parent = v;
        vertices.push_back(rim);
      }
      // seen from outside: left eye's edge runs to the right of the picture, right eye's to the left
      const bool flip = (side == 0) == (lid == 0);
      for (std::int32_t k = 0; k + 1 < kEyeSlit; ++k) {
        const std::int32_t p = edge[static_cast<std::size_t>(k)],
                           q = edge[static_cast<std::size_t>(k) + 1];
        const std::int32_t r = first + k + 1, s = first + k;
        if (flip) {
          triangles.push_back({p, s, q});
          triangles.push_back({q, s, r});
        } else {
          triangles.push_back({p, q, s});
          triangles.push_back({q, r, s});
        }
      }
    }
  }
}

// Five rows behind each lip, the last ones joined, the corners walled: nothing shines through an open mouth.
void Grid::add_bag() {
  for (const std::size_t lip : {0u, 1u}) {
    bag[lip][0] = mouth_slit[lip];
    for (std::size_t k = 1; k <= kBagRows; ++k) {
      for (const std::int32_t v : mouth_slit[lip]) {
        GridVertex w = vertices[static_cast<std::size_t>(v)];
        w.layer = Layer::bag;
        w.mouth_side = lip == 0 ? 1 : -1;
        w.bag_row = static_cast<int>(k);
        w.parent = v;
        bag[lip][k].push_back(static_cast<std::int32_t>(vertices.size()));
        vertices.push_back(w);
      }
    }
  }
  const auto strip = [&](const std::vector<std::int32_t>& p, const std::vector<std::int32_t>& q) {
    for (std::size_t k = 0; k + 1 < p.size(); ++k) {
      triangles.push_back({p[k], p[k + 1], q[k + 1]});
      triangles.push_back({p[k], q[k + 1], q[k]});
    }
  };
  for (std::size_t k = 0; k < kBagRows; ++k) {
    strip(bag[0][k + 1], bag[0][k]);  // the roof, seen from below
    strip(bag[1][k], bag[1][k + 1]);  // the floor, seen from above
  }
  strip(bag[1][kBagRows], bag[0][kBagRows]);
  for (std::size_t k = 0; k < kBagRows; ++k) {
    const auto wall = [&](std::size_t end, bool left) {
      const std::int32_t p = bag[0][k][end], q = bag[0][k + 1][end], r = bag[1][k + 1][end],
                         s = bag[1][k][end];
      const auto add = [&](std::int32_t u, std::int32_t v, std::int32_t w) {
        if (left)
          triangles.push_back({u, v, w});
        else
          triangles.push_back({u, w, v});
      };
      add(p, q, r);
      if (k > 0) add(p, r, s);  // at the lips both edges are one vertex
    };
    wall(0, false);
    wall(kMouthSlit - 1, true);
  }
}

const Grid& grid() {
  static const Grid the_grid;
  return the_grid;
}

}  // namespace dact::head
