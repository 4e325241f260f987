// The few curves that all shapes here are written with (double; our own exp, pow, sin).
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "reenact/render/scene.hpp"

namespace dact::head {

constexpr double kDegree = 0x1.1df46a2529d39p-6;  // pi / 180
constexpr double kPi = 0x1.921fb54442d18p+1;

/// A point or direction while shapes are computed.
struct Point {
  double x = 0, y = 0, z = 0;
};
inline Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Point operator*(Point a, double s) { return {a.x * s, a.y * s, a.z * s}; }
inline double dot(Point a, Point b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Point cross(Point a, Point b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
double length(Point a);
/// a / |a|; (0, 0, 1) for a zero vector.
Point unit(Point a);
inline Point point_from(render::Vec3 v) { return {double{v.x}, double{v.y}, double{v.z}}; }
inline render::Vec3 vec_from(Point p) {
  return {static_cast<float>(p.x), static_cast<float>(p.y), static_cast<float>(p.z)};
}

inline double clamp01(double x) { return x < 0 ? 0 : (x > 1 ? 1 : x); }
inline double mix(double a, double b, double t) { return a + (b - a) * t; }
inline double sign_of(double x) { return x < 0 ? -1 : (x > 0 ? 1 : 0); }

/// S: 0 below e0, 1 above e1, 3t^2 - 2t^3 between.
double smooth(double e0, double e1, double x);
/// G: exp(-((x - c) / s)^2), exactly 0 beyond 5 s, so that what is built from it is local.
double bump(double x, double c, double s);
/// exp(-x), exactly 0 from 25 on, for the same reason.
double fade(double x);
/// x^y for x >= 0.
double power(double x, double y);
double sin_deg(double degrees);
double cos_deg(double degrees);

struct Knot {
  double x, y;
};
/// I: piecewise linear through the knots (ascending x), constant outside.
double table(double x, std::span<const Knot> knots);

/// Catmull-Rom through p1 (t = 0) and p2 (t = 1).
double catmull_rom(double p0, double p1, double p2, double p3, double t);

/// Rotations of column vectors, degrees: +yaw turns +z to +x, +pitch turns +z to -y.
using Matrix = std::array<std::array<double, 3>, 3>;
Matrix yaw_pitch_roll(double yaw, double pitch, double roll);
Point rotate(const Matrix& m, Point p);
Point rotate_back(const Matrix& m, Point p);

/// Smooth value noise in [0, 1] over the integer lattice of `seed`.
double noise(std::uint64_t seed, double x);
double noise(std::uint64_t seed, double x, double y, double z);

}  // namespace dact::head
