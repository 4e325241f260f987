#include "reenact/nets/gaze.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace dact::nets {
namespace {

constexpr std::int64_t kGazeHidden = 96;
constexpr double kGazeRadians = 0.3;   // one unit of the last layer: about the spread of gaze
constexpr double kGeometryPixels = 8;  // one unit of the landmarks that join the features

struct Point {
  double x = 0, y = 0;
};

Point landmark(const float* row, std::size_t i) {
  return {static_cast<double>(row[2 * i]), static_cast<double>(row[2 * i + 1])};
}

double distance(Point a, Point b) {
  return std::sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y));
}

Point centre(const float* row, std::size_t first) {
  Point sum;
  for (std::size_t i = first; i < first + 6; ++i) {
    sum.x += landmark(row, i).x;
    sum.y += landmark(row, i).y;
  }
  return {sum.x / 6, sum.y / 6};
}

// The map from a crop's [-1, 1] square to the picture's, row-major [2, 3]: turn, scale, shift.
void write_theta(float* out, Point at, Point axis, double half) {
  const double size = static_cast<double>(kImageSize), s = 2 * half / size;
  const double values[] = {s * axis.x, -s * axis.y, 2 * at.x / size - 1,
                           s * axis.y, s * axis.x,  2 * at.y / size - 1};
  for (const double v : values) *out++ = static_cast<float>(v);
}

// [B, 2, 2, 3]: per picture the eye at its left (36..41), then the other (42..47).
Tensor eye_maps(const Tensor& landmarks) {
  const std::int64_t batch = landmarks.size(0);
  const Tensor points = landmarks.to(Device::cpu).contiguous();
  Tensor theta = empty({batch, 2, 2, 3});
  float* out = theta.mutate<float>();
  for (std::int64_t n = 0; n < batch; ++n, out += 12) {
    const float* row = points.data<float>() + n * 2 * kLandmarks;
    const Point left = centre(row, 36), right = centre(row, 42);
    const double between = distance(left, right);
    const Point axis = between > 0
                           ? Point{(right.x - left.x) / between, (right.y - left.y) / between}
                           : Point{1, 0};
    // at least three pixels: landmarks that fell together must not make an empty crop
    const double half = std::max({distance(landmark(row, 36), landmark(row, 39)),
                                  distance(landmark(row, 42), landmark(row, 45)), 3.0});
    write_theta(out, left, axis, half);
    write_theta(out + 6, right, axis, half);
  }
  return theta;
}

}  // namespace

Var eye_crops(const Var& image, const Tensor& landmarks) {
  require_picture("eye_crops", image);
  require_shape("eye_crops", "landmarks", landmarks, {image.size(0), kLandmarks, 2});
  const Var theta(eye_maps(landmarks).to(image.value().device()));
  const auto crop = [&](std::int64_t eye) {
    const Var map = reshape(slice(theta, 1, eye, eye + 1), {image.size(0), 2, 3});
    return grid_sample(image, affine_grid(map, {kEyeSize, kEyeSize}));
  };
  return cat({crop(0), crop(1)}, 1);
}

GazeEstimator::GazeEstimator()
    : stem_(6, 32, 3, {.padding = 1}),
      block_(32),
      level2_(32, 64),
      down_(64, 64, 3, {.stride = 2, .padding = 1}),
      tail_(64, kEyeSize / 4, kGazeHidden, 2 * kLandmarks),
      out_(kGazeHidden, 2) {}

Var GazeEstimator::operator()(const Var& image, const Tensor& landmarks) const {
  const Var h = down_(level2_(block_(stem_(eye_crops(image, landmarks)))));
  const double middle = static_cast<double>(kImageSize) / 2;
  const Var points = reshape(nn::input_of(*this, landmarks), {image.size(0), 2 * kLandmarks});
  const Var geometry = mul_scalar(add_scalar(points, -middle), 1 / kGeometryPixels);
  return mul_scalar(out_(silu(tail_(h, geometry))), kGazeRadians);
}

void GazeEstimator::visit(nn::Visitor& v) {
  v.child("stem", stem_);
  v.child("block", block_);
  v.child("level2", level2_);
  v.child("down", down_);
  v.child("tail", tail_);
  v.child("out", out_);
}

}  // namespace dact::nets
