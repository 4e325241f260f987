#include "reenact/face/euler.hpp"

#include <cmath>
#include <numbers>

#include "autograd/ops.hpp"
#include "reenact/face/morphable.hpp"
#include "tensor/error.hpp"
#include "tensor/hostmath.hpp"

namespace dact::face {
namespace euler_room {

constexpr double kLock = 0.998;  // of R20; the published routine's
constexpr double kDegrees = 180 / std::numbers::pi;

}  // namespace euler_room

Var euler_of_rotations(const Var& rotation) {
  using namespace euler_room;
  require_float("euler_of_rotations", "rotation", rotation.defined() ? rotation.value() : Tensor());
  const Shape& shape = rotation.shape();
  const int rank = shape.rank();
  if (rank < 2 || shape[rank - 1] != 3 || shape[rank - 2] != 3)
    throw ShapeError("euler_of_rotations",
                     "rotation must be [..., 3, 3], got " + rotation.value().str());
  Shape flat = shape, one = shape;
  flat[rank - 2] = 1;
  flat[rank - 1] = 9;
  one[rank - 2] = one[rank - 1] = 1;
  const Var rows = reshape(rotation, flat);
  const auto r = [&](std::int64_t i, std::int64_t j) {
    return slice(rows, -1, 3 * i + j, 3 * i + j + 1);
  };
  const Var bound(scalar(kLock, rotation.dtype())), minus(scalar(-kLock, rotation.dtype()));
  const Var up = gt(r(2, 0), bound), down = lt(r(2, 0), minus), lock = logical_or(up, down);
  // The branch is chosen before atan2, so that the side not taken cannot put a NaN into a gradient.
  const auto choose = [&](const Var& free, const Var& if_up, const Var& if_down) {
    return where(up, if_up, where(down, if_down, free));
  };
  const Var none(zeros(one, rotation.dtype())), unit(full(one, 1, rotation.dtype())),
      right(full(one, 90, rotation.dtype()));
  const Var yaw =
      choose(mul_scalar(asin(clamp(r(2, 0), -kLock, kLock)), kDegrees), right, neg(right));
  const Var pitch =
      atan2(choose(r(2, 1), neg(r(0, 1)), r(0, 1)), choose(r(2, 2), neg(r(0, 2)), r(0, 2)));
  const Var roll = atan2(where(lock, none, r(1, 0)), where(lock, unit, r(0, 0)));
  Shape angles;
  for (int axis = 0; axis < rank - 1; ++axis) angles.push_back(shape[axis]);
  return reshape(cat({yaw, mul_scalar(pitch, kDegrees), mul_scalar(roll, kDegrees)}, -1), angles);
}

Var euler_angles(const Var& axis_angle) { return euler_of_rotations(rodrigues(axis_angle)); }

Rotation product(const Rotation& a, const Rotation& b) {
  Rotation y{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      y[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
  return y;
}

Rotation rotation_of(const std::array<double, 3>& v) {
  const double a = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  if (a == 0) return {1, 0, 0, 0, 1, 0, 0, 0, 1};
  const double x = v[0] / a, y = v[1] / a, z = v[2] / a, s = hostmath::sin(a);
  const double h = hostmath::sin(a / 2), c = 2 * h * h;  // 1 - cos(a)
  return {1 - c * (y * y + z * z), c * x * y - s * z,       c * x * z + s * y,
          c * x * y + s * z,       1 - c * (x * x + z * z), c * y * z - s * x,
          c * x * z - s * y,       c * y * z + s * x,       1 - c * (x * x + y * y)};
}

Rotation rotation_of(const EulerAngles& angles) {
  using namespace euler_room;
  const auto turn = [](double x, double y, double z) {
    return rotation_of(std::array<double, 3>{x / kDegrees, y / kDegrees, z / kDegrees});
  };
  return product(turn(0, 0, angles.roll),
                 product(turn(0, -angles.yaw, 0), turn(angles.pitch, 0, 0)));
}

EulerAngles euler_of(const Rotation& r) {
  using namespace euler_room;
  const auto degrees = [](double y, double x) { return hostmath::atan2(y, x) * kDegrees; };
  if (r[6] > kLock) return {90, degrees(-r[1], -r[2]), 0};
  if (r[6] < -kLock) return {-90, degrees(r[1], r[2]), 0};
  return {hostmath::asin(r[6]) * kDegrees, degrees(r[7], r[8]), degrees(r[3], r[0])};
}

EulerAngles euler_of(const std::array<double, 3>& axis_angle) {
  return euler_of(rotation_of(axis_angle));
}

}  // namespace dact::face
