// Pillow's weights, operation for operation, so that each rounds to the same 1 / 2^22.
#include <algorithm>

#include "tensor/ops/resize_u8/resize_u8.kernels.hpp"
#include "tensor/ops/resize_u8/resize_u8.room.hpp"

namespace dact::resize_u8_room {
namespace {

constexpr double kPi = 0x1.921fb54442d18p+1;

// sin(pi x), |x| < 4: the distance r to the nearest integer is exact, Taylor's series to r^21 is
// good to 2^-53 for |r| <= 1/2, and every odd integer in between turns the sign.
double sin_pi(double x) {
  const auto near = static_cast<int>(x < 0 ? x - 0.5 : x + 0.5);
  const double r = (x - near) * kPi, square = r * r;
  double term = r, sum = r;
  for (int k = 1; k <= 10; ++k) {
    term = term * square / static_cast<double>(-2 * k * (2 * k + 1));
    sum = sum + term;
  }
  return near % 2 == 0 ? sum : -sum;
}

double sinc(double x) { return x == 0 ? 1 : sin_pi(x) / (x * kPi); }

double cubic(double x) {
  constexpr double a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

double half_width(ResizeFilter filter) {
  constexpr double widths[] = {0.5, 1, 2, 3};
  return widths[static_cast<int>(filter)];
}

double value_of(ResizeFilter filter, double x) {
  const double distance = x < 0 ? -x : x;
  switch (filter) {
    case ResizeFilter::box:
      return x > -0.5 && x <= 0.5 ? 1 : 0;
    case ResizeFilter::bilinear:
      return distance < 1 ? 1 - distance : 0;
    case ResizeFilter::bicubic:
      return cubic(distance);
    case ResizeFilter::lanczos:
      break;
  }
  return -3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

std::int32_t fixed(double weight) {
  const double scaled = weight * (1 << kPrecision);
  return static_cast<std::int32_t>(weight < 0 ? -0.5 + scaled : 0.5 + scaled);
}

}  // namespace

ByteTaps byte_taps(std::int64_t n, std::int64_t m, ResizeFilter filter) {
  const double scale = static_cast<double>(n) / static_cast<double>(m),
               stretch = std::max(scale, 1.0);
  const double support = half_width(filter) * stretch, inverse = 1.0 / stretch;
  ByteTaps taps;
  std::vector<double> w;
  for (std::int64_t o = 0; o < m; ++o) {
    const double centre = (static_cast<double>(o) + 0.5) * scale;
    const auto from = std::max(static_cast<std::int64_t>(centre - support + 0.5), std::int64_t{0});
    const auto to = std::min(static_cast<std::int64_t>(centre + support + 0.5), n);
    w.clear();
    double total = 0;
    for (std::int64_t j = from; j < to; ++j) {
      w.push_back(value_of(filter, (static_cast<double>(j) - centre + 0.5) * inverse));
      total = total + w.back();
    }
    taps.begin.push_back(from);
    taps.first.push_back(static_cast<std::int64_t>(taps.weight.size()));
    for (const double v : w) taps.weight.push_back(fixed(total != 0 ? v / total : v));
  }
  taps.first.push_back(static_cast<std::int64_t>(taps.weight.size()));
  return taps;
}

}  // namespace dact::resize_u8_room
