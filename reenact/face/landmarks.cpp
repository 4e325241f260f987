#include "reenact/face/landmarks.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "tensor/error.hpp"

namespace dact::face {

Landmarks68 landmarks_of(const Tensor& x, std::int64_t sample) {
  require_defined("landmarks_of", "x", x);
  require_float("landmarks_of", "x", x);
  const bool batched = x.rank() == 3;
  if ((!batched && x.rank() != 2) || x.size(-2) != 68 || x.size(-1) != 2 || sample < 0 ||
      sample >= (batched ? x.size(0) : 1))
    throw ShapeError("landmarks_of", "x must be [68, 2] or [B, 68, 2] with sample " +
                                         std::to_string(sample) + ", got " + x.str());
  const Tensor one = batched ? x.sliced(0, sample, sample + 1) : x;
  const auto v = one.to(DType::f64).to_vector<double>();
  Landmarks68 points;
  for (std::size_t i = 0; i < points.size(); ++i) points[i] = {v[2 * i], v[2 * i + 1]};
  return points;
}

Tensor tensor_of(const Landmarks68& points) {
  std::vector<double> v;
  for (const Point2& p : points) v.insert(v.end(), {p.x, p.y});
  return from_vector(v, {68, 2});
}

bool all_finite(const Landmarks68& points) {
  return std::all_of(points.begin(), points.end(),
                     [](const Point2& p) { return std::isfinite(p.x) && std::isfinite(p.y); });
}

void require_finite(std::string_view where, const Landmarks68& points) {
  for (std::size_t i = 0; i < points.size(); ++i)
    if (!std::isfinite(points[i].x) || !std::isfinite(points[i].y))
      throw NumericError(where, "landmarks must be finite, got (" + std::to_string(points[i].x) +
                                    ", " + std::to_string(points[i].y) + ") at point " +
                                    std::to_string(i));
}

Point2 mean_point(const Landmarks68& points, std::size_t first, std::size_t last) {
  Point2 sum;
  for (std::size_t i = first; i <= last; ++i) sum = {sum.x + points[i].x, sum.y + points[i].y};
  const double n = static_cast<double>(last - first + 1);
  return {sum.x / n, sum.y / n};
}

Bounds2 bounds_of(const Landmarks68& points, std::size_t first, std::size_t last) {
  Bounds2 b{points[first].x, points[first].y, points[first].x, points[first].y};
  for (std::size_t i = first; i <= last; ++i) {
    b.left = std::min(b.left, points[i].x);
    b.top = std::min(b.top, points[i].y);
    b.right = std::max(b.right, points[i].x);
    b.bottom = std::max(b.bottom, points[i].y);
  }
  return b;
}

Affine2 Affine2::inverse() const {
  const double det = xx * yy - xy * yx;
  if (!std::isfinite(1 / det))
    throw NumericError("Affine2",
                       "the map must be invertible, got determinant " + std::to_string(det));
  const Affine2 r{yy / det, -xy / det, 0, -yx / det, xx / det, 0};
  return {r.xx, r.xy, -(r.xx * x0 + r.xy * y0), r.yx, r.yy, -(r.yx * x0 + r.yy * y0)};
}

}  // namespace dact::face
