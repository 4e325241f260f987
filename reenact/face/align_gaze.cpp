#include <cmath>
#include <string>

#include "autograd/ops.hpp"
#include "reenact/face/align.hpp"
#include "tensor/error.hpp"
#include "tensor/hostmath.hpp"

namespace dact::face {
namespace gaze_camera {

using Vector3 = std::array<double, 3>;

Matrix3 times(const Matrix3& a, const Matrix3& b) {
  Matrix3 c{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      c[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
  return c;
}

Vector3 times(const Matrix3& a, const Vector3& v) {
  Vector3 r;
  for (std::size_t i = 0; i < 3; ++i)
    r[i] = a[3 * i] * v[0] + a[3 * i + 1] * v[1] + a[3 * i + 2] * v[2];
  return r;
}

// a[i] b[j] - a[j] b[i]
Vector3 cross_of(const Vector3& a, const Vector3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

double length_of(const Vector3& v) { return std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]); }

Vector3 unit(const Vector3& v) {
  const double length = length_of(v);
  if (!(length > 0) || !std::isfinite(length))
    throw NumericError("gaze_normalisation",
                       "the head must stand before the camera and not look along it, got length " +
                           std::to_string(length));
  return {v[0] / length, v[1] / length, v[2] / length};
}

// By cofactors.
Matrix3 inverse_of(std::string_view where, const Matrix3& m) {
  const Vector3 r0 = {m[0], m[1], m[2]}, r1 = {m[3], m[4], m[5]}, r2 = {m[6], m[7], m[8]};
  const Vector3 c0 = cross_of(r1, r2), c1 = cross_of(r2, r0), c2 = cross_of(r0, r1);
  const double det = r0[0] * c0[0] + r0[1] * c0[1] + r0[2] * c0[2];
  if (det == 0 || !std::isfinite(1 / det))
    throw NumericError(where,
                       "the matrix must be invertible, got determinant " + std::to_string(det));
  Matrix3 out;
  for (std::size_t i = 0; i < 3; ++i) {
    out[3 * i] = c0[i] / det;
    out[3 * i + 1] = c1[i] / det;
    out[3 * i + 2] = c2[i] / det;
  }
  return out;
}

// Half way between the eyes' middle and the nostrils' middle, in the camera's frame.
Vector3 face_centre(const HeadPose& head) {
  Vector3 eyes{}, nose{};
  for (std::size_t i = 0; i < kGazeFaceModel.size(); ++i) {
    const Vector3 p = times(head.rotation, kGazeFaceModel[i]);
    for (std::size_t k = 0; k < 3; ++k)
      (i < 4 ? eyes : nose)[k] += (p[k] + head.translation[k]) / (i < 4 ? 4 : 2);
  }
  return {(eyes[0] + nose[0]) / 2, (eyes[1] + nose[1]) / 2, (eyes[2] + nose[2]) / 2};
}

}  // namespace gaze_camera

// Rows 20, 23, 26, 29, 15, 19 of ETH-XGaze's generic face model.
const std::array<std::array<double, 3>, 6> kGazeFaceModel = {
    {{-46.509498596191406, -38.32709503173828, 36.4160041809082},
     {-17.76072120666504, -32.58519744873047, 29.076156616210938},
     {18.04391098022461, -30.956823348999023, 29.06296730041504},
     {44.737586975097656, -34.107872009277344, 36.73243713378906},
     {-10.611664772033691, 12.958349227905273, 21.622764587402344},
     {11.289629936218262, 13.86424446105957, 21.837900161743164}}};

Matrix3 rotation_matrix(const std::array<double, 3>& v) {
  const double angle = gaze_camera::length_of(v);
  if (angle == 0) return {1, 0, 0, 0, 1, 0, 0, 0, 1};
  const double x = v[0] / angle, y = v[1] / angle, z = v[2] / angle;
  const double s = hostmath::sin(angle), c = hostmath::cos(angle), k = 1 - c;
  return {c + k * x * x,     k * x * y - s * z, k * x * z + s * y, k * y * x + s * z, c + k * y * y,
          k * y * z - s * x, k * z * x - s * y, k * z * y + s * x, c + k * z * z};
}

Matrix3 gaze_normalisation(const HeadPose& head) {
  using namespace gaze_camera;
  constexpr double kFocal = 960, kDistance = 600, kMiddle = 112;  // pixels, mm, pixels
  const Vector3 centre = face_centre(head), forward = unit(centre);
  const Vector3 head_x = {head.rotation[0], head.rotation[3], head.rotation[6]};
  const Vector3 down = unit(cross_of(forward, head_x)), right = unit(cross_of(down, forward));
  const Matrix3 turn = {right[0], right[1],   right[2],   down[0],   down[1],
                        down[2],  forward[0], forward[1], forward[2]};
  const double nearer = kDistance / length_of(centre);
  const Matrix3 lens = {kFocal, 0, kMiddle * nearer, 0, kFocal, kMiddle * nearer, 0, 0, nearer};
  return times(times(lens, turn), inverse_of("gaze_normalisation", head.camera));
}

Point2 through_homography(const Matrix3& w, Point2 p) {
  const gaze_camera::Vector3 q = gaze_camera::times(w, gaze_camera::Vector3{p.x, p.y, 1});
  return {q[0] / q[2], q[1] / q[2]};
}

Var homography_warp(const Var& images, std::span<const Matrix3> to_output, std::int64_t side) {
  const Tensor x = images.defined() ? images.value() : Tensor();
  require_defined("homography_warp", "images", x);
  require_float("homography_warp", "images", x);
  require_rank("homography_warp", "images", x, 4);
  if (x.size(0) != static_cast<std::int64_t>(to_output.size()) || x.size(2) < 1 || x.size(3) < 1 ||
      side < 1)
    throw ShapeError("homography_warp", "images must have pixels and one matrix each, got " +
                                            x.str() + " and " + std::to_string(to_output.size()) +
                                            " matrices, side " + std::to_string(side));
  std::vector<double> grid;
  grid.reserve(to_output.size() * static_cast<std::size_t>(2 * side * side));
  for (const Matrix3& w : to_output) {
    const Matrix3 back = gaze_camera::inverse_of("homography_warp", w);
    for (std::int64_t i = 0; i < side; ++i)
      for (std::int64_t j = 0; j < side; ++j) {
        const Point2 p = through_homography(back, {static_cast<double>(j), static_cast<double>(i)});
        // whole-number centres to -1 .. 1 across the image's edges
        grid.push_back((2 * p.x + 1) / static_cast<double>(x.size(3)) - 1);
        grid.push_back((2 * p.y + 1) / static_cast<double>(x.size(2)) - 1);
      }
  }
  const Tensor points = from_vector(grid, {x.size(0), side, side, 2}).to(x.dtype());
  return grid_sample(images, Var(points));
}

}  // namespace dact::face
