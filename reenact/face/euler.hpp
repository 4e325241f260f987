// Head angles as the field reports them: yaw, pitch, roll in degrees.
#pragma once
#include <array>

#include "autograd/var.hpp"

namespace dact::face {

/// Euler angles of rotation matrices, sample by sample.
/// equation     yaw = asin R20, pitch = atan2(R21, R22), roll = atan2(R10, R00);
///              R20 > 0.998: yaw = 90, pitch = atan2(-R01, -R02), roll = 0;
///              R20 < -0.998: yaw = -90, pitch = atan2(R01, R02), roll = 0
/// rotation     f32|f64 [..., 3, 3]
/// returns      [..., 3]: yaw, pitch, roll; unit: degrees. R = Rz(roll) Ry(-yaw) Rx(pitch): yaw is minus the rotation
///              about +y
/// edge         near the lock (|yaw| above about 86.4 degrees) yaw jumps to 90 exactly
/// gradient     yes; finite everywhere, also at the lock. There yaw and roll have none.
/// source       HyperReenact's and DiffusionAct's published routine, with its two lock branches as meant
Var euler_of_rotations(const Var& rotation);

/// The same of axis-angle vectors [..., 3] in radians, through rodrigues().
Var euler_angles(const Var& axis_angle);

/// The same in double, for one head: reports, metrics, files.
struct EulerAngles {
  double yaw = 0, pitch = 0, roll = 0;  // degrees
};
using Rotation = std::array<double, 9>;  // row-major
Rotation product(const Rotation& a, const Rotation& b);
Rotation rotation_of(const std::array<double, 3>& axis_angle);
/// Rz(roll) Ry(-yaw) Rx(pitch).
Rotation rotation_of(const EulerAngles& angles);
EulerAngles euler_of(const Rotation& rotation);
EulerAngles euler_of(const std::array<double, 3>& axis_angle);

}  // namespace dact::face
