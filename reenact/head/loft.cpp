#include "reenact/head/loft.hpp"

namespace dact::head {
namespace {

constexpr int kLoftColumns = 9;
// front y, z; side y, half width, z; back y, z; exponents of the front and back half ellipse
constexpr double kLoft[kLoftRows][kLoftColumns] = {
    {-19.5, 3.2, -17.8, 6.2, -1.8, -15.0, -7.6, 2.0, 2.0},
    {-17.2, 2.6, -15.4, 5.1, -1.7, -12.8, -6.9, 2.0, 2.0},
    {-15.2, 2.7, -13.0, 4.8, -1.5, -10.4, -6.7, 2.0, 2.0},
    {-13.4, 3.6, -11.0, 4.65, -1.0, -8.4, -6.9, 2.0, 2.0},
    {-12.8, 6.0, -9.6, 4.95, -0.3, -7.0, -7.5, 2.0, 2.0},
    {-12.4, 7.7, -8.7, 5.35, 0.1, -5.9, -8.2, 1.85, 2.0},
    {-11.4, 8.5, -7.8, 5.65, 0.1, -5.0, -8.6, 1.80, 2.0},
    {-9.5, 8.6, -6.7, 6.05, 0.0, -4.0, -9.0, 1.84, 2.0},
    {-7.5, 8.9, -5.6, 6.45, 0.0, -3.2, -9.3, 1.90, 2.0},
    {-5.2, 8.9, -4.2, 6.88, -0.2, -2.0, -9.6, 1.98, 2.05},
    {-2.6, 8.8, -2.2, 7.25, -0.4, -0.6, -9.8, 2.08, 2.1},
    {0.0, 8.5, 0.1, 7.5, -0.7, 1.0, -9.9, 2.14, 2.1},
    {2.2, 8.75, 2.3, 7.7, -1.0, 3.0, -9.9, 2.15, 2.1},
    {4.4, 8.4, 4.5, 7.75, -1.2, 5.0, -9.6, 2.12, 2.1},
    {6.8, 7.3, 6.9, 7.35, -1.3, 7.2, -8.85, 2.08, 2.05},
    {9.0, 5.2, 9.1, 6.0, -1.4, 9.2, -7.1, 2.02, 2.0},
    {10.7, 2.7, 10.7, 3.95, -1.4, 10.7, -4.75, 2.0, 2.0},
    {11.4, 0.4, 11.4, 1.95, -1.4, 11.4, -2.8, 2.0, 2.0},
    {11.6, -1.4, 11.6, 0.0, -1.4, 11.6, -1.4, 2.0, 2.0}};

// A table row under the parameters; end rows repeat.
std::array<double, kLoftColumns> loft_row_values(int i, const LoftParams& params) {
  const auto& r = kLoft[i < 0 ? 0 : (i >= kLoftRows ? kLoftRows - 1 : i)];
  std::array<double, kLoftColumns> v{};
  for (std::size_t k = 0; k < kLoftColumns; ++k) v[k] = r[k];
  const double neck = 1 - smooth(-14.5, -12.6, v[0]);
  v[3] *= 1 + (params.jaw_w - 1) * bump(v[0], -10, 3.6);
  v[3] *= 1 + (params.crown_w - 1) * smooth(0, 5, v[0]);
  v[3] *= 1 + (params.neck_w - 1) * neck;
  v[6] *= 1 + 0.5 * (params.neck_w - 1) * neck;
  return v;
}

}  // namespace

LoftRing loft_ring(double row, const LoftParams& params) {
  int i = static_cast<int>(row);
  if (i > kLoftRows - 2) i = kLoftRows - 2;
  const double t = row - i;
  const auto p0 = loft_row_values(i - 1, params), p1 = loft_row_values(i, params),
             p2 = loft_row_values(i + 1, params), p3 = loft_row_values(i + 2, params);
  std::array<double, kLoftColumns> v{};
  for (std::size_t k = 0; k < kLoftColumns; ++k) v[k] = catmull_rom(p0[k], p1[k], p2[k], p3[k], t);
  return {v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]};
}

// r = (|sin T / w|^n + |cos T / d|^n)^(-1/n): a half superellipse in front, another behind
Point loft_point(const LoftRing& ring, double angle) {
  const double s = sin_deg(angle), c = cos_deg(angle);
  const bool front = c >= 0;
  const double depth = front ? ring.front_z - ring.side_z : ring.side_z - ring.back_z;
  const double n = front ? ring.front_power : ring.back_power;
  if (!(ring.width > 1e-9) || !(depth > 1e-9)) return {0, ring.front_y, ring.front_z};
  const double ac = c < 0 ? -c : c, as = s < 0 ? -s : s;
  const double r = power(power(as / ring.width, n) + power(ac / depth, n), -1 / n);
  const double y =
      ring.side_y + ((front ? ring.front_y : ring.back_y) - ring.side_y) * power(ac, 1.5);
  return {r * s, y, ring.side_z + r * c};
}

double loft_row(double b) {
  double low = 0, high = kLoftRows - 1;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (loft_ring(middle, {}).front_y < b ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace dact::head
