// Points of a picture: x to the right, y down, in pixels; the centre of pixel column j lies at j unless a function says
// otherwise.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tensor/tensor.hpp"

namespace dact::face {

struct Point2 {
  double x = 0, y = 0;
  bool operator==(const Point2&) const = default;
};

/// The 68 iBUG points: contour 0..16, brows 17..26, nose 27..35, eyes 36..41 (left in the picture) and 42..47, outer lip
/// 48..59, inner lip 60..67.
using Landmarks68 = std::array<Point2, 68>;

/// x            f32|f64 [68, 2], or [B, 68, 2] with the sample to take; NaN allowed
/// throws       ShapeError, DtypeError
Landmarks68 landmarks_of(const Tensor& x, std::int64_t sample = 0);
/// f64 [68, 2]
Tensor tensor_of(const Landmarks68& points);

bool all_finite(const Landmarks68& points);
/// NumericError naming the first point that is not.
void require_finite(std::string_view where, const Landmarks68& points);

/// Mean of the points first .. last, added ascending.
Point2 mean_point(const Landmarks68& points, std::size_t first, std::size_t last);

struct Bounds2 {
  double left = 0, top = 0, right = 0, bottom = 0;
};
/// Of the points first .. last.
Bounds2 bounds_of(const Landmarks68& points, std::size_t first = 0, std::size_t last = 67);

/// x' = xx x + xy y + x0, y' = yx x + yy y + y0
struct Affine2 {
  double xx = 1, xy = 0, x0 = 0;
  double yx = 0, yy = 1, y0 = 0;
  Point2 operator()(Point2 p) const { return {xx * p.x + xy * p.y + x0, yx * p.x + yy * p.y + y0}; }
  /// NumericError when the map is not invertible.
  Affine2 inverse() const;
};

}  // namespace dact::face
