#include "reenact/head/landmarks.hpp"

#include <algorithm>
#include <initializer_list>

#include "reenact/head/features.hpp"
#include "reenact/head/grid.hpp"

namespace dact::head {
namespace {

constexpr Knot kContourAngle[] = {{0, 0},    {.125, 11}, {.25, 22}, {.5, 46},
                                  {.75, 72}, {.875, 79}, {1, 84}};
constexpr Knot kContourHeight[] = {{0, -12.25}, {.125, -12.1}, {.25, -11.4}, {.5, -7.8},
                                   {.75, -4.5}, {.875, -2.6},  {1, -.8}};

// Skin vertex for which `distance` is least; the first of equals.
template <class Distance>
std::int32_t nearest(Distance distance) {
  const auto& vertices = grid().vertices;
  std::int32_t best = 0;
  double least = 1e300;
  for (std::size_t i = 0; i < vertices.size(); ++i) {
    if (vertices[i].layer != Layer::skin) continue;
    const double d = distance(vertices[i]);
    if (d < least) {
      least = d;
      best = static_cast<std::int32_t>(i);
    }
  }
  return best;
}

double square(double x) { return x * x; }

std::int32_t front_at(double a, double b, int mouth_side = 0) {
  return nearest([&](const GridVertex& v) {
    if (v.t > 90 || (mouth_side != 0 && v.mouth_side != mouth_side)) return 1e200;
    return square(v.a - a) + square(v.b - b);
  });
}

std::int32_t ring_at(double angle, double b) {
  // 0.13 cm per degree: the arc of a head
  return nearest(
      [&](const GridVertex& v) { return square((v.angle - angle) * .13) + square(v.b - b); });
}

std::int32_t lid_at(std::size_t side, std::size_t lid, double u) {
  const auto& edge = grid().eye_slit[side][lid];
  const auto a_of = [&](std::int32_t v) {
    const double a = grid().vertices[static_cast<std::size_t>(v)].a;
    return a < 0 ? -a : a;
  };
  const double target = mix(a_of(edge.front()), a_of(edge.back()), u);
  return *std::min_element(edge.begin(), edge.end(), [&](std::int32_t p, std::int32_t q) {
    return square(a_of(p) - target) < square(a_of(q) - target);
  });
}

std::int32_t slit_at(std::size_t lip, double a) {
  const auto& edge = grid().mouth_slit[lip];
  return *std::min_element(edge.begin(), edge.end(), [&](std::int32_t p, std::int32_t q) {
    return square(grid().vertices[static_cast<std::size_t>(p)].a - a) <
           square(grid().vertices[static_cast<std::size_t>(q)].a - a);
  });
}

void add_eyes(std::array<std::int32_t, kLandmarks>& l) {
  constexpr double right[] = {1, .68, .32, 0, .32, .68}, left[] = {0, .32, .68, 1, .68, .32};
  for (std::size_t i = 0; i < 6; ++i) {
    const std::size_t lid = i < 4 ? 0 : 1;
    l[36 + i] = lid_at(1, lid, right[i]);
    l[42 + i] = lid_at(0, lid, left[i]);
  }
}

void add_mouth(std::array<std::int32_t, kLandmarks>& l) {
  const auto& edge = grid().mouth_slit[0];
  l[48] = edge.front();
  l[54] = edge.back();
  constexpr double outer[] = {-1.7, -.75, 0, .75, 1.7}, inner[] = {-2.2, -1, 0, 1, 2.2};
  for (std::size_t i = 0; i < 5; ++i) {
    l[49 + i] = front_at(outer[i], kMouthHeight + upper_lip_edge(outer[i], 1), 1);
    l[59 - i] = front_at(outer[i], kMouthHeight - lower_lip_edge(outer[i], 1), -1);
    l[60 + i] = slit_at(0, inner[i]);
  }
  for (std::size_t i = 0; i < 3; ++i) l[65 + i] = slit_at(1, inner[3 - i]);
}

// Weights of four points that sum to 1 and give `target`, by Gauss with row pivots.
std::array<double, 4> barycentric(const std::array<Point, 4>& p, Point target) {
  double m[4][5];
  for (std::size_t j = 0; j < 4; ++j) {
    m[0][j] = p[j].x;
    m[1][j] = p[j].y;
    m[2][j] = p[j].z;
    m[3][j] = 1;
  }
  m[0][4] = target.x;
  m[1][4] = target.y;
  m[2][4] = target.z;
  m[3][4] = 1;
  for (std::size_t c = 0; c < 4; ++c) {
    std::size_t best = c;
    for (std::size_t r = c + 1; r < 4; ++r)
      if (square(m[r][c]) > square(m[best][c])) best = r;
    std::swap_ranges(m[c], m[c] + 5, m[best]);
    for (std::size_t r = 0; r < 4; ++r) {
      if (r == c) continue;
      const double f = m[r][c] / m[c][c];
      for (std::size_t k = c; k < 5; ++k) m[r][k] -= f * m[c][k];
    }
  }
  return {m[0][4] / m[0][0], m[1][4] / m[1][1], m[2][4] / m[2][2], m[3][4] / m[3][3]};
}

PointRule rule_of(const std::vector<Point>& mean, const std::array<std::int32_t, 4>& v,
                  Point target) {
  std::array<Point, 4> p;
  for (std::size_t j = 0; j < 4; ++j) p[j] = mean[static_cast<std::size_t>(v[j])];
  const std::array<double, 4> w = barycentric(p, target);
  PointRule rule;
  for (std::size_t j = 0; j < 4; ++j) rule.terms.push_back({v[j], static_cast<float>(w[j])});
  return rule;
}

}  // namespace

double neck_weight(double b) { return smooth(-18.2, -12.4, b); }

double jaw_weight(double a, double b, double t, int mouth_side) {
  constexpr double M = 2.65;
  const double side = a < 0 ? -a : a, db = b - kMouthHeight, corner = power(clamp01(side / M), 4);
  const double near = mouth_side > 0 ? .42 * corner * (1 - smooth(0, 2.6, db))
                                     : 1 - .58 * corner * (1 - smooth(0, 3, -db));
  const double far = 1 - smooth(-10.2, -5, b);
  return mix(near, far, smooth(.9 * M, M + 1.6, side)) * (1 - smooth(55, 88, t)) *
         smooth(-15.6, -12.6, b);
}

std::array<std::int32_t, kLandmarks> landmark_vertices() {
  std::array<std::int32_t, kLandmarks> l{};
  for (std::size_t i = 0; i < 17; ++i) {
    const double q = (static_cast<double>(i) - 8) / 8, side = q < 0 ? -1 : 1;
    l[i] = ring_at(side * table(side * q, kContourAngle), table(side * q, kContourHeight));
  }
  constexpr double brow[] = {5.1, 4.3, 3.4, 2.4, 1.4};
  for (std::size_t i = 0; i < 5; ++i) {
    const double b = 2.36 + .24 * bump(brow[i], 3.3, 1.4) - .30 * smooth(4, 5.3, brow[i]);
    l[17 + i] = front_at(-brow[i], b);
    l[26 - i] = front_at(brow[i], b);
  }
  constexpr double ridge[] = {.2, -1.2, -2.6, -4};
  for (std::size_t i = 0; i < 4; ++i) l[27 + i] = front_at(0, ridge[i]);
  constexpr double base[][2] = {{-1.45, -5}, {-.75, -5.2}, {0, -5.3}, {.75, -5.2}, {1.45, -5}};
  for (std::size_t i = 0; i < 5; ++i) l[31 + i] = front_at(base[i][0], base[i][1]);
  add_eyes(l);
  add_mouth(l);
  return l;
}

std::array<PointRule, kJoints> joint_rules(const std::vector<Point>& mean) {
  // The back of the head moves with no expression.
  const std::int32_t back_low = ring_at(180, -6), back_high = ring_at(180, 4);
  const auto behind_ears = [&](double b) { return std::array{ring_at(-105, b), ring_at(105, b)}; };
  const auto jaw = behind_ears(-2), neck = behind_ears(-7);
  const auto eye = [&](std::size_t side, double sign) {
    const auto& edge = grid().eye_slit[side][0];
    return rule_of(mean, {edge.front(), edge.back(), back_low, back_high}, eye_centre({}, sign));
  };
  return {rule_of(mean, {neck[0], neck[1], back_low, back_high}, {0, -16, -2.5}),
          rule_of(mean, {neck[0], neck[1], back_low, back_high}, kNeckPivot),
          rule_of(mean, {jaw[0], jaw[1], back_low, back_high}, kJawPivot), eye(0, 1), eye(1, -1)};
}

}  // namespace dact::head
