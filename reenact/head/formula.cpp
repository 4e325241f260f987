#include "reenact/head/formula.hpp"

#include <cstddef>

#include "tensor/hostmath.hpp"
#include "tensor/math_bits.hpp"

namespace dact::head {
namespace {

// SplitMix64's finaliser (Steele et al. 2014): one lattice point's number.
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

double lattice(std::uint64_t seed, std::int64_t x, std::int64_t y, std::int64_t z) {
  std::uint64_t h = mixed(seed + 0x9e3779b97f4a7c15u);
  h = mixed(h ^ static_cast<std::uint64_t>(x));
  h = mixed(h ^ static_cast<std::uint64_t>(y));
  h = mixed(h ^ static_cast<std::uint64_t>(z));
  return static_cast<double>(h >> 11) * 0x1p-53;
}

std::int64_t floor_of(double x) {
  const auto i = static_cast<std::int64_t>(x);
  return static_cast<double>(i) > x ? i - 1 : i;
}

}  // namespace

double length(Point a) { return math::sqrt(dot(a, a)); }

Point unit(Point a) {
  const double l = length(a);
  return l > 0 ? a * (1 / l) : Point{0, 0, 1};
}

double smooth(double e0, double e1, double x) {
  const double t = clamp01((x - e0) / (e1 - e0));
  return t * t * (3 - 2 * t);
}

double bump(double x, double c, double s) {
  const double u = (x - c) / s;
  return fade(u * u);
}

double fade(double x) { return x >= 25 ? 0 : hostmath::exp(-x); }

double power(double x, double y) { return x > 0 ? hostmath::pow(x, y) : (y == 0 ? 1 : 0); }

double sin_deg(double degrees) { return hostmath::sin(degrees * kDegree); }
double cos_deg(double degrees) { return hostmath::cos(degrees * kDegree); }

double table(double x, std::span<const Knot> knots) {
  if (x <= knots.front().x) return knots.front().y;
  for (std::size_t i = 1; i < knots.size(); ++i) {
    if (x <= knots[i].x) {
      const double t = (x - knots[i - 1].x) / (knots[i].x - knots[i - 1].x);
      return mix(knots[i - 1].y, knots[i].y, t);
    }
  }
  return knots.back().y;
}

double catmull_rom(double p0, double p1, double p2, double p3, double t) {
  return 0.5 * (2 * p1 + t * ((p2 - p0) + t * ((2 * p0 - 5 * p1 + 4 * p2 - p3) +
                                               t * (3 * (p1 - p2) + p3 - p0))));
}

// Ry(yaw) Rx(pitch) Rz(roll)
Matrix yaw_pitch_roll(double yaw, double pitch, double roll) {
  const double sy = sin_deg(yaw), cy = cos_deg(yaw), sx = sin_deg(pitch), cx = cos_deg(pitch),
               sz = sin_deg(roll), cz = cos_deg(roll);
  return {{{cy * cz + sy * sx * sz, sy * sx * cz - cy * sz, sy * cx},
           {cx * sz, cx * cz, -sx},
           {cy * sx * sz - sy * cz, sy * sz + cy * sx * cz, cy * cx}}};
}

Point rotate(const Matrix& m, Point p) {
  return {m[0][0] * p.x + m[0][1] * p.y + m[0][2] * p.z,
          m[1][0] * p.x + m[1][1] * p.y + m[1][2] * p.z,
          m[2][0] * p.x + m[2][1] * p.y + m[2][2] * p.z};
}

Point rotate_back(const Matrix& m, Point p) {
  return {m[0][0] * p.x + m[1][0] * p.y + m[2][0] * p.z,
          m[0][1] * p.x + m[1][1] * p.y + m[2][1] * p.z,
          m[0][2] * p.x + m[1][2] * p.y + m[2][2] * p.z};
}

double noise(std::uint64_t seed, double x) {
  const std::int64_t i = floor_of(x);
  const double t = x - static_cast<double>(i);
  return mix(lattice(seed, i, 0, 0), lattice(seed, i + 1, 0, 0), t * t * (3 - 2 * t));
}

double noise(std::uint64_t seed, double x, double y, double z) {
  const std::int64_t i = floor_of(x), j = floor_of(y), k = floor_of(z);
  const double u = smooth(0, 1, x - static_cast<double>(i)),
               v = smooth(0, 1, y - static_cast<double>(j)),
               w = smooth(0, 1, z - static_cast<double>(k));
  const auto row = [&](std::int64_t dj, std::int64_t dk) {
    return mix(lattice(seed, i, j + dj, k + dk), lattice(seed, i + 1, j + dj, k + dk), u);
  };
  return mix(mix(row(0, 0), row(1, 0), v), mix(row(0, 1), row(1, 1), v), w);
}

}  // namespace dact::head
