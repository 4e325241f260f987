// Where a face looks: two angles, a direction, and a point beside each eye's centre.
#pragma once
#include <array>

#include "reenact/face/landmarks.hpp"

namespace dact::face {

/// Radians. pitch > 0 looks up in the picture, yaw > 0 to the picture's left, (0, 0) into the camera.
struct GazeAngles {
  double pitch = 0, yaw = 0;
};

/// v = (cos p sin y, sin p, cos p cos y): minus the direction from the face to what it looks at, in a camera with x to the
/// right, y down, z away from it. NumericError for an angle beyond 2^30.
std::array<double, 3> gaze_vector(const GazeAngles& angles);
/// The way back, for a vector of any length: pitch = asin(v_y / |v|), yaw = atan2(v_x, v_z). NumericError for a vector
/// without direction (zero, NaN, inf).
GazeAngles gaze_angles(const std::array<double, 3>& v);

/// Left and right as seen in the picture.
enum class Eye { left, right };

/// Around the six points of an eye, 36..41 or 42..47.
struct EyeBox {
  Point2 centre;  // mean of the six
  double width = 0, height = 0;
};
EyeBox eye_box(const Landmarks68& points, Eye eye);

/// equation     (c_x - w/2 sin(yaw) cos(pitch), c_y - h/2 sin(pitch))
/// source       Bounareli et al. 2024 (DiffusionAct), eq. 9
Point2 gaze_point(const EyeBox& eye, const GazeAngles& angles);

/// Both eyes look the same way.
struct GazePoints {
  Point2 left, right;
};
GazePoints gaze_points(const Landmarks68& points, const GazeAngles& angles);

}  // namespace dact::face
