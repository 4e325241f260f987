#include "reenact/face/crops.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "reenact/face/crops_parts.hpp"
#include "reenact/face/padding.hpp"
#include "tensor/error.hpp"
#include "tensor/math_bits.hpp"
#include "tensor/ops/resize_u8/resize_u8.hpp"

namespace dact::face {
namespace frame_crops {

// The smallest whole box around the corners.
IntBox box_around(const std::array<Point2, 4>& corners) {
  double lo[2] = {corners[0].x, corners[0].y}, hi[2] = {corners[0].x, corners[0].y};
  for (const Point2& p : corners) {
    lo[0] = std::min(lo[0], p.x);
    lo[1] = std::min(lo[1], p.y);
    hi[0] = std::max(hi[0], p.x);
    hi[1] = std::max(hi[1], p.y);
  }
  return {whole(math::floor(lo[0])), whole(math::floor(lo[1])), -whole(math::floor(-hi[0])),
          -whole(math::floor(-hi[1]))};
}

void move(std::array<Point2, 4>& corners, double x, double y) {
  for (Point2& p : corners) p = {p.x + x, p.y + y};
}

// A picture and a quadrilateral in it.
struct Framed {
  Tensor picture;
  std::array<Point2, 4> corners;
  double side;
};

// Step 1: no larger than the result needs.
void shrink(Framed& f) {
  const double by = math::floor(f.side / static_cast<double>(kCropSide) * 0.5);
  if (by <= 1) return;
  const auto smaller = [&](std::int64_t n) {
    return std::max<std::int64_t>(whole(math::round(static_cast<double>(n) / by)), 1);
  };
  f.picture = resize_u8(f.picture, {smaller(f.picture.size(0)), smaller(f.picture.size(1))},
                        ResizeFilter::lanczos);
  for (Point2& p : f.corners) p = {p.x / by, p.y / by};
  f.side /= by;
}

// Step 2: no wider than the quadrilateral and a margin.
void trim(Framed& f, std::int64_t border) {
  IntBox box = box_around(f.corners);
  require_touch("ffhq_crop", box, f.picture);
  box = {std::max<std::int64_t>(box.left - border, 0), std::max<std::int64_t>(box.top - border, 0),
         std::min(box.right + border, f.picture.size(1)),
         std::min(box.bottom + border, f.picture.size(0))};
  f.picture = cut(f.picture, box);
  move(f.corners, -static_cast<double>(box.left), -static_cast<double>(box.top));
}

// Step 3: where the picture ends too soon, it is continued.
void extend(Framed& f, std::int64_t border) {
  const IntBox box = box_around(f.corners);
  PadSides pad{std::max<std::int64_t>(border - box.left, 0),
               std::max<std::int64_t>(border - box.top, 0),
               std::max<std::int64_t>(box.right - f.picture.size(1) + border, 0),
               std::max<std::int64_t>(box.bottom - f.picture.size(0) + border, 0)};
  if (std::max({pad.left, pad.top, pad.right, pad.bottom}) <= border - 4) return;
  const std::int64_t least = whole(math::round(f.side * 0.3));
  pad = {std::max(pad.left, least), std::max(pad.top, least), std::max(pad.right, least),
         std::max(pad.bottom, least)};
  f.picture = pad_blended(f.picture, pad, {.sigma = f.side * 0.01});
  move(f.corners, static_cast<double>(pad.left), static_cast<double>(pad.top));
}

// Bilinear at (x, y), pixel centres at halves, neighbours held inside, truncated to a byte.
void sample(const std::uint8_t* from, std::int64_t height, std::int64_t width, Point2 p,
            std::uint8_t* to) {
  const double x = p.x - 0.5, y = p.y - 0.5;
  const double x_floor = math::floor(x), y_floor = math::floor(y);
  const double dx = x - x_floor, dy = y - y_floor;
  const auto held = [](double v, std::int64_t n) {
    return whole(std::clamp(v, 0.0, static_cast<double>(n - 1)));
  };
  const std::uint8_t* rows[2] = {from + held(y_floor, height) * width * 3,
                                 from + held(y_floor + 1, height) * width * 3};
  const std::int64_t left = held(x_floor, width) * 3, right = held(x_floor + 1, width) * 3;
  for (int c = 0; c < 3; ++c) {
    double v[2];
    for (int r = 0; r < 2; ++r)
      v[r] = rows[r][left + c] + (rows[r][right + c] - rows[r][left + c]) * dx;
    to[c] = static_cast<std::uint8_t>(v[0] + (v[1] - v[0]) * dy);
  }
}

// Step 4. Corners: top left, bottom left, bottom right, top right.
Tensor unfold(const Framed& f) {
  const auto& q = f.corners;
  const Tensor picture = f.picture.contiguous();
  Tensor out = empty({kCropSide, kCropSide, 3}, DType::u8);
  std::uint8_t* to = out.mutate<std::uint8_t>();
  for (std::int64_t i = 0; i < kCropSide; ++i)
    for (std::int64_t j = 0; j < kCropSide; ++j, to += 3) {
      const double u = (static_cast<double>(j) + 0.5) / static_cast<double>(kCropSide);
      const double v = (static_cast<double>(i) + 0.5) / static_cast<double>(kCropSide);
      const auto at = [&](double Point2::*axis) {
        const double corner = q[0].*axis;
        return corner + (q[3].*axis - corner) * u + (q[1].*axis - corner) * v +
               (q[2].*axis - q[1].*axis - q[3].*axis + corner) * u * v;
      };
      sample(picture.data<std::uint8_t>(), picture.size(0), picture.size(1),
             {at(&Point2::x), at(&Point2::y)}, to);
    }
  return out;
}

}  // namespace frame_crops

std::array<Point2, 4> FfhqQuad::corners() const {
  const auto corner = [this](double a, double b) {
    return Point2{centre.x + a * x.x + b * y.x, centre.y + a * x.y + b * y.y};
  };
  return {corner(-1, -1), corner(-1, 1), corner(1, 1), corner(1, -1)};
}

FfhqQuad ffhq_quad(const Landmarks68& points) {
  require_finite("ffhq_quad", points);
  const Point2 left = mean_point(points, 36, 41), right = mean_point(points, 42, 47);
  const Point2 eyes = {(left.x + right.x) / 2, (left.y + right.y) / 2};
  const Point2 d = {right.x - left.x, right.y - left.y};
  const Point2 g = {(points[48].x + points[54].x) / 2 - eyes.x,
                    (points[48].y + points[54].y) / 2 - eyes.y};
  const auto length = [](Point2 p) { return std::sqrt(p.x * p.x + p.y * p.y); };
  Point2 x = {d.x + g.y, d.y - g.x};
  const double scale = std::max(length(d) * 2, length(g) * 1.8) / length(x);
  x = {x.x * scale, x.y * scale};
  const double side = 2 * length(x);
  constexpr double kLeast = 1.0 / 16, kMost = 16777216;  // pixels
  if (!(side >= kLeast && side <= kMost))
    throw NumericError("ffhq_quad", "eyes and mouth must span 1/16 to 2^24 pixels, got a side of " +
                                        std::to_string(side));
  return {{eyes.x + g.x * 0.1, eyes.y + g.y * 0.1}, x, {-x.y, x.x}, side};
}

Tensor ffhq_crop(const Tensor& picture, const Landmarks68& points) {
  using namespace frame_crops;
  require_picture("ffhq_crop", picture);
  const FfhqQuad quad = ffhq_quad(points);
  Framed f{picture, quad.corners(), quad.side};
  require_touch("ffhq_crop", box_around(f.corners), picture);
  shrink(f);
  const std::int64_t border = std::max<std::int64_t>(whole(math::round(f.side * 0.1)), 3);
  trim(f, border);
  extend(f, border);
  move(f.corners, 0.5, 0.5);
  return unfold(f);
}

}  // namespace dact::face
