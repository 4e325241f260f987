#include "reenact/render/raster.hpp"

#include <algorithm>

#include "tensor/math_bits.hpp"

namespace dact::render {
namespace {

constexpr std::int32_t kUnit = 256;  // fixed point: steps per sample
constexpr float kLargest = 0x1p24f;
constexpr float kNear = 1;  // cm before the eye: nothing nearer is drawn

float dot(const Vec3& a, const Vec3& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }

std::int32_t nearest_integer(float v) {  // ties away from 0
  return static_cast<std::int32_t>(v + (v < 0 ? -0.5F : 0.5F));
}
bool inside(float fixed) { return math::abs(fixed) <= kLargest; }  // false for NaN

/// Samples [first, last] whose centres lie in [low, high], cut to [begin, begin + count).
struct Range {
  std::int32_t first, last;
  bool empty() const { return first > last; }
};
Range centres(std::int32_t low, std::int32_t high, std::int32_t begin, std::int32_t count) {
  const std::int32_t first = (low + kUnit / 2 - 1) >> 8;  // smallest i with 256 i + 128 >= low
  const std::int32_t last = (high - kUnit / 2) >> 8;
  return {std::max(first, begin), std::min(last, begin + count - 1)};
}

/// E(p) = (b - a) x (p - a): positive on the inner side of a triangle that turns clockwise on a screen with y down.
/// Int is wide enough for twice the area of the triangle's box.
template <class Int>
struct Edge {
  Int dx, dy;  // E grows by -dy per step in x and by dx per step in y
  Int at;      // at the first sample
  Int least;   // 0 where samples on the edge belong to this triangle, else 1
  Edge(const Point& a, const Point& b, std::int32_t px, std::int32_t py)
      : dx(Int{b.x} - Int{a.x}),
        dy(Int{b.y} - Int{a.y}),
        at(dx * (Int{py} - Int{a.y}) - dy * (Int{px} - Int{a.x})),
        least(dy < 0 || (dy == 0 && dx > 0) ? 0 : 1) {}
};

/// Twice the area, positive where the triangle is clockwise on the screen.
std::int64_t doubled_area(const Point& a, const Point& b, const Point& c) {
  return std::int64_t{b.x - a.x} * (c.y - a.y) - std::int64_t{c.x - a.x} * (b.y - a.y);
}

/// A triangle turned so that it is clockwise on the screen, and twice its area.
struct Turned {
  const Point &p0, &p1, &p2;
  std::int64_t area;
  bool front;
};
/// Counter-clockwise with y up, the front, is clockwise's opposite with y down.
Turned turned(const Point& a, const Point& b, const Point& c, std::int64_t area) {
  if (area < 0) return {a, c, b, -area, true};
  return {a, b, c, area, false};
}

/// Depth over a triangle: at corner 0, and per unit of the edge functions opposite corners 1 and 2.
struct DepthPlane {
  float z0, dz1, dz2;
};
DepthPlane depth_plane(const Turned& t, float behind, bool perspective) {
  const auto lowered = [&](float depth) {
    if (behind == 0) return depth;
    return perspective ? 1.0F / (1.0F / depth + behind) : depth - behind;
  };
  const float z0 = lowered(t.p0.depth), z1 = lowered(t.p1.depth), z2 = lowered(t.p2.depth);
  const float inverse = 1.0F / static_cast<float>(t.area);
  return {z0, (z1 - z0) * inverse, (z2 - z0) * inverse};
}

template <class Int>
void fill(const Turned& t, const Range& columns, const Range& rows, const DepthPlane& plane,
          std::int32_t number, Samples& s) {
  const std::int32_t px = columns.first * kUnit + kUnit / 2, py = rows.first * kUnit + kUnit / 2;
  Edge<Int> e0(t.p1, t.p2, px, py), e1(t.p2, t.p0, px, py), e2(t.p0, t.p1, px, py);
  for (std::int32_t j = rows.first; j <= rows.last; ++j) {
    const std::size_t line =
        static_cast<std::size_t>(j - s.first_row) * static_cast<std::size_t>(s.width);
    Int w0 = e0.at - e0.least, w1 = e1.at, w2 = e2.at;
    for (std::int32_t i = columns.first; i <= columns.last; ++i) {
      if ((w0 | (w1 - e1.least) | (w2 - e2.least)) >= 0) {
        const std::size_t at = line + static_cast<std::size_t>(i);
        const float z =
            plane.z0 + (static_cast<float>(w1) * plane.dz1 + static_cast<float>(w2) * plane.dz2);
        if (z > s.depth[at]) {
          s.depth[at] = z;
          s.triangle[at] = number;
        }
      }
      w0 -= e0.dy * kUnit;
      w1 -= e1.dy * kUnit;
      w2 -= e2.dy * kUnit;
    }
    e0.at += e0.dx * kUnit;
    e1.at += e1.dx * kUnit;
    e2.at += e2.dx * kUnit;
  }
}

void draw(const Points& points, const std::array<std::int32_t, 3>& t, std::int32_t number,
          Faces faces, float behind, Samples& s) {
  const Point &a = points.all[static_cast<std::size_t>(t[0])],
              &b = points.all[static_cast<std::size_t>(t[1])],
              &c = points.all[static_cast<std::size_t>(t[2])];
  const std::int32_t x_low = std::min(std::min(a.x, b.x), c.x);
  if (x_low == Point::kOutside) return;
  const std::int64_t area = doubled_area(a, b, c);
  if (faces == Faces::front ? area >= 0 : area == 0) return;
  const std::int32_t x_high = std::max(std::max(a.x, b.x), c.x),
                     y_low = std::min(std::min(a.y, b.y), c.y),
                     y_high = std::max(std::max(a.y, b.y), c.y);
  const Range columns = centres(x_low, x_high, 0, s.width);
  const Range rows = centres(y_low, y_high, s.first_row, s.rows);
  if (columns.empty() || rows.empty()) return;
  const Turned corners = turned(a, b, c, area);
  const DepthPlane plane = depth_plane(corners, behind, points.perspective);
  constexpr std::int32_t kSmall = 1 << 14;  // 2 * 2^14 * 2^14 still fits into 32 bits
  if (x_high - x_low < kSmall && y_high - y_low < kSmall)
    fill<std::int32_t>(corners, columns, rows, plane, number, s);
  else
    fill<std::int64_t>(corners, columns, rows, plane, number, s);
}

}  // namespace

void project(std::span<const Vec3> positions, const View& view, Points& out) {
  const std::size_t n = positions.size();
  out.all.resize(n);
  out.perspective = view.distance > 0;
  for (std::size_t v = 0; v < n; ++v) {
    const Vec3& p = positions[v];
    const float z = dot(view.toward, p);
    const float before = view.distance - z;
    const float scale = out.perspective ? view.scale * (view.distance / before) : view.scale;
    const float x = (view.x0 + scale * dot(view.right, p)) * static_cast<float>(kUnit);
    const float y = (view.y0 - scale * dot(view.up, p)) * static_cast<float>(kUnit);
    const bool seen = inside(x) && inside(y) && inside(z) && (!out.perspective || before > kNear);
    out.all[v] = {seen ? nearest_integer(x) : Point::kOutside,
                  seen ? nearest_integer(y) : Point::kOutside, out.perspective ? 1.0F / before : z};
  }
}

void Samples::reset(std::int32_t width_, std::int32_t first_row_, std::int32_t rows_) {
  width = width_;
  first_row = first_row_;
  rows = rows_;
  const std::size_t n = static_cast<std::size_t>(width) * static_cast<std::size_t>(rows);
  depth.assign(n, std::numeric_limits<float>::lowest());
  triangle.assign(n, kNone);
}

void rasterise(const Mesh& mesh, const Points& points, const DrawRules& rules, Samples& samples) {
  for (std::size_t n = 0; n < mesh.triangles.size(); ++n) {
    const auto part = static_cast<std::size_t>(mesh.part[n]);
    if (rules.faces[part] == Faces::none) continue;
    draw(points, mesh.triangles[n], static_cast<std::int32_t>(n), rules.faces[part],
         rules.behind[part], samples);
  }
}

Corner corner_weights(const Points& points, const std::array<std::int32_t, 3>& triangle,
                      std::int32_t i, std::int32_t j) {
  const Point &a = points.all[static_cast<std::size_t>(triangle[0])],
              &b = points.all[static_cast<std::size_t>(triangle[1])],
              &c = points.all[static_cast<std::size_t>(triangle[2])];
  const Turned t = turned(a, b, c, doubled_area(a, b, c));
  const std::int32_t px = i * kUnit + kUnit / 2, py = j * kUnit + kUnit / 2;
  const Edge<std::int64_t> e1(t.p2, t.p0, px, py), e2(t.p0, t.p1, px, py);
  const float inverse = 1.0F / static_cast<float>(t.area);
  float w1 = static_cast<float>(e1.at) * inverse, w2 = static_cast<float>(e2.at) * inverse;
  float w0 = 1.0F - w1 - w2;
  if (points.perspective) {  // weights / distance are linear over the screen
    const float q0 = w0 * t.p0.depth, q1 = w1 * t.p1.depth, q2 = w2 * t.p2.depth;
    const float sum = q0 + q1 + q2;
    w0 = q0 / sum;
    w1 = q1 / sum;
    w2 = q2 / sum;
  }
  Corner corner{{w0, w1, w2}, t.front};
  if (t.front) std::swap(corner.weight[1], corner.weight[2]);
  return corner;
}

}  // namespace dact::render
