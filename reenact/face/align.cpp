#include "reenact/face/align.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "autograd/ops.hpp"
#include "tensor/error.hpp"

namespace dact::face {
namespace warps {

constexpr std::int64_t kEmocaSide = 224;

void require_images(std::string_view where, const Var& images) {
  const Tensor x = images.defined() ? images.value() : Tensor();
  require_defined(where, "images", x);
  require_float(where, "images", x);
  require_rank(where, "images", x, 4);
  if (x.size(2) < 1 || x.size(3) < 1)
    throw ShapeError(where, "images must be [B, C, H, W] with pixels, got " + x.str());
}

void require_faces(std::string_view where, const Tensor& landmarks, std::int64_t batch) {
  require_defined(where, "landmarks", landmarks);
  require_float(where, "landmarks", landmarks);
  require_shape(where, "landmarks", landmarks, {batch, 68, 2});
}

// Rows of six numbers as theta, then the images at its points.
Var affine_crop(const Var& images, const Tensor& theta, std::int64_t side) {
  return grid_sample(images, affine_grid(Var(theta.to(images.dtype())), side));
}

Point2 centre_of(std::span<const Point2> points) {
  Point2 sum;
  for (const Point2& p : points) sum = {sum.x + p.x, sum.y + p.y};
  const double n = static_cast<double>(points.size());
  return {sum.x / n, sum.y / n};
}

}  // namespace warps

const FivePoints kFivePointTemplate = {{{35.343697, 51.6963},
                                        {76.453766, 51.5014},
                                        {56.029396, 71.7366},
                                        {39.14085, 92.3655},
                                        {73.18488, 92.2041}}};

FivePoints five_points(const Landmarks68& points) {
  return {mean_point(points, 36, 41), mean_point(points, 42, 47), points[30], points[48],
          points[54]};
}

Affine2 fit_similarity(std::span<const Point2> from, std::span<const Point2> to) {
  if (from.size() != to.size() || from.empty())
    throw UsageError("fit_similarity", "from and to must have as many points, at least one, got " +
                                           std::to_string(from.size()) + " and " +
                                           std::to_string(to.size()));
  const Point2 p0 = warps::centre_of(from), q0 = warps::centre_of(to);
  double a = 0, b = 0, spread = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const double px = from[i].x - p0.x, py = from[i].y - p0.y;
    const double qx = to[i].x - q0.x, qy = to[i].y - q0.y;
    a += qx * px + qy * py;
    b += qy * px - qx * py;
    spread += px * px + py * py;
  }
  a /= spread;
  b /= spread;
  if (!std::isfinite(a) || !std::isfinite(b) || (a == 0 && b == 0))
    throw NumericError("fit_similarity",
                       "the points must be finite and apart, got " + std::to_string(from.size()) +
                           " points around (" + std::to_string(p0.x) + ", " + std::to_string(p0.y) +
                           ") and (" + std::to_string(q0.x) + ", " + std::to_string(q0.y) + ")");
  return {a, -b, q0.x - (a * p0.x - b * p0.y), b, a, q0.y - (b * p0.x + a * p0.y)};
}

std::array<double, 6> grid_theta(const Affine2& to_image, double frame, double height,
                                 double width) {
  const Affine2& m = to_image;
  const double xx = m.xx * frame / width, xy = m.xy * frame / width;
  const double yx = m.yx * frame / height, yy = m.yy * frame / height;
  return {xx, xy, 2 * m.x0 / width + xx + xy - 1, yx, yy, 2 * m.y0 / height + yx + yy - 1};
}

Tensor five_point_theta(const Tensor& landmarks, std::int64_t height, std::int64_t width) {
  constexpr double kTemplateSide = 112;
  require_defined("five_point_theta", "landmarks", landmarks);
  require_rank("five_point_theta", "landmarks", landmarks, 3);
  warps::require_faces("five_point_theta", landmarks, landmarks.size(0));
  std::vector<double> theta;
  for (std::int64_t n = 0; n < landmarks.size(0); ++n) {
    const FivePoints face = five_points(landmarks_of(landmarks, n));
    const auto row = grid_theta(fit_similarity(kFivePointTemplate, face), kTemplateSide,
                                static_cast<double>(height), static_cast<double>(width));
    theta.insert(theta.end(), row.begin(), row.end());
  }
  return from_vector(theta, {landmarks.size(0), 2, 3});
}

Var five_point_crop(const Var& images, const Tensor& landmarks, std::int64_t side) {
  warps::require_images("five_point_crop", images);
  warps::require_faces("five_point_crop", landmarks, images.size(0));
  return warps::affine_crop(images, five_point_theta(landmarks, images.size(2), images.size(3)),
                            side);
}

EmocaBox emoca_box(const Landmarks68& points, std::int64_t height, std::int64_t width) {
  const bool found = std::none_of(points.begin(), points.end(), [](const Point2& p) {
    return std::isnan(p.x) || std::isnan(p.y);
  });
  const Bounds2 b =
      found ? bounds_of(points)
            : Bounds2{0, 0, static_cast<double>(width - 1), static_cast<double>(height - 1)};
  const double old = ((b.right - b.left) + (b.bottom - b.top)) / 2 * 1.1;
  const double wide = old * 1.25;
  constexpr double kLargest = 16777216;  // 2^24: what grid_sample addresses
  if (!(wide >= 1 && wide <= kLargest))
    throw NumericError("emoca_box", "the landmarks' box must be 1 to 2^24 pixels, got " +
                                        std::to_string(b.right - b.left) + " x " +
                                        std::to_string(b.bottom - b.top));
  return {{(b.left + b.right) / 2, (b.top + b.bottom) / 2},
          static_cast<double>(static_cast<std::int64_t>(wide))};
}

Affine2 emoca_to_crop(const EmocaBox& box) {
  const double scale = static_cast<double>(warps::kEmocaSide - 1) / box.side;
  return {scale, 0,     -(box.centre.x - box.side / 2) * scale,
          0,     scale, -(box.centre.y - box.side / 2) * scale};
}

Var emoca_crop(const Var& images, const Tensor& landmarks) {
  warps::require_images("emoca_crop", images);
  warps::require_faces("emoca_crop", landmarks, images.size(0));
  const std::int64_t height = images.size(2), width = images.size(3);
  std::vector<double> theta;
  for (std::int64_t n = 0; n < images.size(0); ++n) {
    Affine2 m = emoca_to_crop(emoca_box(landmarks_of(landmarks, n), height, width)).inverse();
    // from pixel centres at whole numbers to edges there: p + 1/2 = m (c - 1/2) + 1/2
    m.x0 += 0.5 - 0.5 * m.xx;
    m.y0 += 0.5 - 0.5 * m.yy;
    const auto row = grid_theta(m, static_cast<double>(warps::kEmocaSide),
                                static_cast<double>(height), static_cast<double>(width));
    theta.insert(theta.end(), row.begin(), row.end());
  }
  return warps::affine_crop(images, from_vector(theta, {images.size(0), 2, 3}), warps::kEmocaSide);
}

}  // namespace dact::face
