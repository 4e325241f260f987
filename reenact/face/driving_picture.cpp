#include "reenact/face/driving_picture.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "reenact/face/drawing.hpp"
#include "reenact/picture.hpp"
#include "tensor/error.hpp"
#include "tensor/ops/avg_pool2d/avg_pool2d.hpp"
#include "tensor/parallel.hpp"

namespace dact::face {
namespace driving {

// The lines in drawing order; 27 .. 30 is the bridge, whose last point is joined with the middle of the nostrils.
struct Stroke {
  std::array<std::uint8_t, 17> points;
  std::size_t count;
  bool closed;
  Rgb colour;
};
constexpr Stroke kStrokes[] = {
    {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, 17, false, {255, 255, 255}},
    {{17, 18, 19, 20, 21}, 5, false, {255, 0, 0}},
    {{22, 23, 24, 25, 26}, 5, false, {0, 255, 0}},
    {{27, 28, 29, 30, 33}, 5, false, {0, 0, 255}},
    {{31, 32, 33, 34, 35}, 5, false, {0, 0, 255}},
    {{36, 37, 38, 39, 40, 41}, 6, true, {255, 0, 255}},
    {{42, 43, 44, 45, 46, 47}, 6, true, {0, 255, 255}},
    {{48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59}, 12, true, {255, 255, 0}},
    {{60, 61, 62, 63, 64, 65, 66, 67}, 8, true, {255, 255, 0}},
};
constexpr std::uint8_t kBackground = 1;
constexpr std::int64_t kGazeRadius = 5;
constexpr Rgb kGazeLeft = {255, 165, 0}, kGazeRight = {128, 0, 128};

IntPoint truncated(Point2 p) {
  static constexpr double kFarthest = 32767;  // keeps the drawing's fixed point within 64 bits
  const auto whole = [](double v) {
    return static_cast<std::int64_t>(std::clamp(v, -kFarthest, kFarthest));
  };
  return {whole(p.x), whole(p.y)};
}

}  // namespace driving

Tensor draw_driving_picture(const Landmarks68& points, const GazePoints& gaze) {
  using namespace driving;
  require_finite("driving_picture", points);
  for (const Point2& p : {gaze.left, gaze.right})
    if (!std::isfinite(p.x) || !std::isfinite(p.y))
      throw NumericError("driving_picture", "gaze points must be finite, got (" +
                                                std::to_string(p.x) + ", " + std::to_string(p.y) +
                                                ")");
  Drawing drawing(kDrivingSide, kDrivingSide, kBackground);
  for (const Stroke& s : kStrokes) {
    std::array<IntPoint, 17> line;
    for (std::size_t i = 0; i < s.count; ++i) line[i] = truncated(points[s.points[i]]);
    drawing.polyline(std::span(line.data(), s.count), s.closed, s.colour);
  }
  drawing.disc(truncated(gaze.left), kGazeRadius, kGazeLeft);
  drawing.disc(truncated(gaze.right), kGazeRadius, kGazeRight);
  return drawing.image();
}

Tensor draw_driving_pictures(const Tensor& landmarks, const Tensor& gaze) {
  require_defined("driving_picture", "landmarks", landmarks);
  require_defined("driving_picture", "gaze", gaze);
  require_rank("driving_picture", "landmarks", landmarks, 3);
  require_float("driving_picture", "gaze", gaze);
  const std::int64_t batch = landmarks.size(0);
  require_shape("driving_picture", "gaze", gaze, {batch, 2});
  const auto angles = gaze.to(DType::f64).to_vector<double>();
  Tensor out = empty({batch, kDrivingSide, kDrivingSide, 3}, DType::u8);
  std::uint8_t* to = out.mutate<std::uint8_t>();
  parallel_for(batch, [&](std::int64_t n) {
    const Landmarks68 points = landmarks_of(landmarks, n);
    const auto at = static_cast<std::size_t>(2 * n);
    const Tensor one =
        draw_driving_picture(points, gaze_points(points, {angles[at], angles[at + 1]}));
    std::copy_n(one.data<std::uint8_t>(), one.numel(), to + n * one.numel());
  });
  return out;
}

Tensor driving_tensor(const Tensor& pictures, std::int64_t side) {
  require_defined("driving_tensor", "pictures", pictures);
  require_dtype("driving_tensor", "pictures", pictures, DType::u8);
  require_rank("driving_tensor", "pictures", pictures, 4);
  require_shape("driving_tensor", "pictures", pictures,
                {pictures.size(0), kDrivingSide, kDrivingSide, 3});
  if (side < 1 || kDrivingSide % side != 0)
    throw UsageError("driving_tensor", "side must divide 256, got " + std::to_string(side));
  Tensor out = empty({pictures.size(0), kDrivingSide, kDrivingSide, 3});
  const Tensor bytes = pictures.contiguous();
  const std::uint8_t* from = bytes.data<std::uint8_t>();
  float* to = out.mutate<float>();
  for (std::int64_t i = 0; i < out.numel(); ++i) to[i] = reenact::picture_value(from[i]);
  const Tensor chw = out.permuted(std::array{0, 3, 1, 2});
  const std::int64_t square = kDrivingSide / side;
  return square == 1 ? chw : avg_pool2d(chw, square, {.stride = square});
}

}  // namespace dact::face
