#include "reenact/render/raster.hpp"

#include <algorithm>

#include "tensor/math_bits.hpp"

namespace dact::render {
namespace {

constexpr std::int32_t kUnit = 256;  // fixed point: steps per sample
constexpr float kLargest = 0x1p24f;
constexpr float kNear = 1;  // cm before the eye: nothing nearer is drawn

float dot(const Vec3& a, const Vec3& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }

bool inside(float fixed) { return math::abs(fixed) <= kLargest; }  // false for NaN

/// E(p) = (b - a) x (p - a): positive on the inner side of a triangle that turns clockwise on a screen with y down.
struct Edge {
  std::int64_t dx, dy;  // E grows by -dy per step in x and by dx per step in y
  std::int64_t at;      // at the first sample
  std::int64_t least;   // 0 where samples on the edge belong to this triangle, else 1
  Edge(std::int32_t ax, std::int32_t ay, std::int32_t bx, std::int32_t by, std::int64_t px,
       std::int64_t py)
      : dx(std::int64_t{bx} - ax),
        dy(std::int64_t{by} - ay),
        at(dx * (py - ay) - dy * (px - ax)),
        least(dy < 0 || (dy == 0 && dx > 0) ? 0 : 1) {}
};

/// Corner numbers of a triangle, turned so that it is clockwise on the screen, and twice its area.
struct Turned {
  std::int32_t v0, v1, v2;
  std::int64_t area;  // 0: nothing to draw
  bool front;
};
Turned turned(const Points& p, const std::array<std::int32_t, 3>& t) {
  const auto x = [&](std::int32_t v) { return std::int64_t{p.x[static_cast<std::size_t>(v)]}; };
  const auto y = [&](std::int32_t v) { return std::int64_t{p.y[static_cast<std::size_t>(v)]}; };
  const std::int64_t area =
      (x(t[1]) - x(t[0])) * (y(t[2]) - y(t[0])) - (x(t[2]) - x(t[0])) * (y(t[1]) - y(t[0]));
  // counter-clockwise with y up is clockwise's opposite with y down
  if (area < 0) return {t[0], t[2], t[1], -area, true};
  return {t[0], t[1], t[2], area, false};
}

/// Samples [first, last] whose centres lie in [low, high], cut to [0, count).
struct Range {
  std::int32_t first, last;
};
Range centres(std::int32_t low, std::int32_t high, std::int32_t begin, std::int32_t count) {
  const std::int32_t first = (low + kUnit / 2 - 1) >> 8;  // smallest i with 256 i + 128 >= low
  const std::int32_t last = (high - kUnit / 2) >> 8;
  return {std::max(first, begin), std::min(last, begin + count - 1)};
}

float lowered(float depth, float behind, bool perspective) {
  return perspective ? 1.0F / (1.0F / depth + behind) : depth - behind;
}

void draw(const Points& p, const Turned& t, std::int32_t number, float behind, Samples& s) {
  const auto a = static_cast<std::size_t>(t.v0), b = static_cast<std::size_t>(t.v1),
             c = static_cast<std::size_t>(t.v2);
  const auto [x_low, x_high] = std::minmax({p.x[a], p.x[b], p.x[c]});
  const auto [y_low, y_high] = std::minmax({p.y[a], p.y[b], p.y[c]});
  const Range columns = centres(x_low, x_high, 0, s.width);
  const Range rows = centres(y_low, y_high, s.first_row, s.rows);
  if (columns.first > columns.last || rows.first > rows.last) return;

  const std::int64_t px = std::int64_t{columns.first} * kUnit + kUnit / 2;
  const std::int64_t py = std::int64_t{rows.first} * kUnit + kUnit / 2;
  Edge e0(p.x[b], p.y[b], p.x[c], p.y[c], px, py), e1(p.x[c], p.y[c], p.x[a], p.y[a], px, py),
      e2(p.x[a], p.y[a], p.x[b], p.y[b], px, py);
  float z0 = p.depth[a], z1 = p.depth[b], z2 = p.depth[c];
  if (behind != 0) {
    z0 = lowered(z0, behind, p.perspective);
    z1 = lowered(z1, behind, p.perspective);
    z2 = lowered(z2, behind, p.perspective);
  }
  const float inverse = 1.0F / static_cast<float>(t.area);
  const float dz1 = (z1 - z0) * inverse, dz2 = (z2 - z0) * inverse;
  for (std::int32_t j = rows.first; j <= rows.last; ++j) {
    const std::int64_t line = std::int64_t{j - s.first_row} * s.width;
    std::int64_t w0 = e0.at, w1 = e1.at, w2 = e2.at;
    for (std::int32_t i = columns.first; i <= columns.last; ++i) {
      if (((w0 - e0.least) | (w1 - e1.least) | (w2 - e2.least)) >= 0) {
        const auto at = static_cast<std::size_t>(line + i);
        const float z = z0 + (static_cast<float>(w1) * dz1 + static_cast<float>(w2) * dz2);
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

}  // namespace

void project(std::span<const Vec3> positions, const View& view, Points& out) {
  const std::size_t n = positions.size();
  out.x.resize(n);
  out.y.resize(n);
  out.depth.resize(n);
  out.perspective = view.distance > 0;
  for (std::size_t v = 0; v < n; ++v) {
    const Vec3& p = positions[v];
    const float z = dot(view.toward, p);
    const float before = view.distance - z;
    const float scale = out.perspective ? view.scale * (view.distance / before) : view.scale;
    const float x = (view.x0 + scale * dot(view.right, p)) * static_cast<float>(kUnit);
    const float y = (view.y0 - scale * dot(view.up, p)) * static_cast<float>(kUnit);
    const bool seen = inside(x) && inside(y) && inside(z) && (!out.perspective || before > kNear);
    out.x[v] = seen ? static_cast<std::int32_t>(math::round(x)) : Points::kOutside;
    out.y[v] = seen ? static_cast<std::int32_t>(math::round(y)) : Points::kOutside;
    out.depth[v] = out.perspective ? 1.0F / before : z;
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
    const Faces faces = rules.faces[part];
    if (faces == Faces::none) continue;
    const auto& t = mesh.triangles[n];
    const auto outside = [&](std::int32_t v) {
      return points.x[static_cast<std::size_t>(v)] == Points::kOutside;
    };
    if (outside(t[0]) || outside(t[1]) || outside(t[2])) continue;
    const Turned corners = turned(points, t);
    if (corners.area == 0 || (faces == Faces::front && !corners.front)) continue;
    draw(points, corners, static_cast<std::int32_t>(n), rules.behind[part], samples);
  }
}

Corner corner_weights(const Points& points, const std::array<std::int32_t, 3>& triangle,
                      std::int32_t i, std::int32_t j) {
  const Turned t = turned(points, triangle);
  const auto a = static_cast<std::size_t>(t.v0), b = static_cast<std::size_t>(t.v1),
             c = static_cast<std::size_t>(t.v2);
  const std::int64_t px = std::int64_t{i} * kUnit + kUnit / 2,
                     py = std::int64_t{j} * kUnit + kUnit / 2;
  const Edge e1(points.x[c], points.y[c], points.x[a], points.y[a], px, py),
      e2(points.x[a], points.y[a], points.x[b], points.y[b], px, py);
  const float inverse = 1.0F / static_cast<float>(t.area);
  float w1 = static_cast<float>(e1.at) * inverse, w2 = static_cast<float>(e2.at) * inverse;
  float w0 = 1.0F - w1 - w2;
  if (points.perspective) {  // weights / distance are linear over the screen
    const float q0 = w0 * points.depth[a], q1 = w1 * points.depth[b], q2 = w2 * points.depth[c];
    const float sum = q0 + q1 + q2;
    w0 = q0 / sum;
    w1 = q1 / sum;
    w2 = q2 / sum;
  }
  Corner corner{{w0, w1, w2}, t.front};
  if (t.v1 != triangle[1]) std::swap(corner.weight[1], corner.weight[2]);
  return corner;
}

}  // namespace dact::render
