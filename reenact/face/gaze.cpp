#include "reenact/face/gaze.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "tensor/error.hpp"
#include "tensor/hostmath.hpp"

namespace dact::face {

std::array<double, 3> gaze_vector(const GazeAngles& angles) {
  const double across = hostmath::cos(angles.pitch);
  return {across * hostmath::sin(angles.yaw), hostmath::sin(angles.pitch),
          across * hostmath::cos(angles.yaw)};
}

GazeAngles gaze_angles(const std::array<double, 3>& v) {
  const double length = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  if (!std::isfinite(length) || length == 0)
    throw NumericError("gaze_angles", "v must be a direction, got (" + std::to_string(v[0]) + ", " +
                                          std::to_string(v[1]) + ", " + std::to_string(v[2]) + ")");
  return {hostmath::asin(std::clamp(v[1] / length, -1.0, 1.0)), hostmath::atan2(v[0], v[2])};
}

EyeBox eye_box(const Landmarks68& points, Eye eye) {
  const std::size_t first = eye == Eye::left ? 36 : 42, last = first + 5;
  const Bounds2 b = bounds_of(points, first, last);
  return {mean_point(points, first, last), b.right - b.left, b.bottom - b.top};
}

Point2 gaze_point(const EyeBox& eye, const GazeAngles& angles) {
  const double up = hostmath::sin(angles.pitch);
  const double left = hostmath::sin(angles.yaw) * hostmath::cos(angles.pitch);
  return {eye.centre.x - eye.width / 2 * left, eye.centre.y - eye.height / 2 * up};
}

GazePoints gaze_points(const Landmarks68& points, const GazeAngles& angles) {
  return {gaze_point(eye_box(points, Eye::left), angles),
          gaze_point(eye_box(points, Eye::right), angles)};
}

}  // namespace dact::face
