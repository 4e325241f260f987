#include "reenact/face/drawing.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tensor/math_bits.hpp"

namespace dact::face {
namespace fixed_point {

constexpr int kBits = 16;
constexpr std::int64_t kOne = std::int64_t{1} << kBits, kHalf = kOne / 2;

std::int64_t rounded(std::int64_t v) { return (v + kHalf) >> kBits; }

// One side of a convex polygon, walked downwards from its highest corner.
struct Chain {
  std::size_t corner = 0;
  std::int64_t end = 0;          // row in which the current edge ends
  std::int64_t x = 0, step = 0;  // where the edge is in this row, and how far it goes per row
};

}  // namespace fixed_point

Drawing::Drawing(std::int64_t height, std::int64_t width, std::uint8_t value)
    : image_(empty({height, width, 3}, DType::u8)),
      bytes_(image_.mutate<std::uint8_t>()),
      height_(height),
      width_(width) {
  std::memset(bytes_, value, static_cast<std::size_t>(height * width * 3));
}

void Drawing::row(std::int64_t y, std::int64_t x0, std::int64_t x1, Rgb colour) {
  if (y < 0 || y >= height_) return;
  for (std::int64_t x = std::max<std::int64_t>(x0, 0); x <= x1 && x < width_; ++x)
    std::copy_n(colour.begin(), 3, bytes_ + (y * width_ + x) * 3);
}

// Cohen and Sutherland: rows first, then columns. The new end is truncated to fixed point, as OpenCV does it: where a line
// is cut decides which pixels the rest of it takes.
bool Drawing::clip(FixedPoint& a, FixedPoint& b) const {
  using Axis = std::int64_t FixedPoint::*;
  const auto side = [](std::int64_t v, std::int64_t last) { return v < 0 ? -1 : v > last ? 1 : 0; };
  const auto beside = [&](Axis axis, std::int64_t last) {  // both beyond one edge
    return side(a.*axis, last) != 0 && side(a.*axis, last) == side(b.*axis, last);
  };
  const auto shorten = [&](Axis axis, Axis other, std::int64_t last) {
    for (FixedPoint* p : {&a, &b}) {
      if (side(p->*axis, last) == 0) continue;
      const std::int64_t to = p->*axis < 0 ? 0 : last;
      const double run =
          static_cast<double>(to - p->*axis) * static_cast<double>(b.*other - a.*other);
      p->*other += static_cast<std::int64_t>(run / static_cast<double>(b.*axis - a.*axis));
      p->*axis = to;
    }
  };
  const std::int64_t right = width_ * fixed_point::kOne - 1;
  const std::int64_t bottom = height_ * fixed_point::kOne - 1;
  if (beside(&FixedPoint::y, bottom) || beside(&FixedPoint::x, right)) return false;
  shorten(&FixedPoint::y, &FixedPoint::x, bottom);
  if (beside(&FixedPoint::x, right)) return false;
  shorten(&FixedPoint::x, &FixedPoint::y, right);
  return true;
}

void Drawing::thin_line(FixedPoint a, FixedPoint b, Rgb colour) {
  using namespace fixed_point;
  if (!clip(a, b)) return;
  const bool flat = std::abs(b.x - a.x) > std::abs(b.y - a.y);  // x is the major axis
  if (flat ? b.x < a.x : b.y < a.y) std::swap(a, b);
  const std::int64_t major = flat ? b.x - a.x : b.y - a.y, minor = flat ? b.y - a.y : b.x - a.x;
  const std::int64_t step = minor * kOne / (major | 1);
  const std::int64_t first = (flat ? a.x : a.y) + kHalf;
  std::int64_t side = (flat ? a.y : a.x) + kHalf;
  row(rounded(b.y), rounded(b.x), rounded(b.x), colour);
  for (std::int64_t i = 0; i <= major >> kBits; ++i, side += step) {
    const std::int64_t along = (first >> kBits) + i, across = side >> kBits;
    row(flat ? across : along, flat ? along : across, flat ? along : across, colour);
  }
}

void Drawing::convex(std::span<const FixedPoint> corners, Rgb colour) {
  using namespace fixed_point;
  const std::size_t n = corners.size();
  std::size_t top = 0;
  std::int64_t bottom = rounded(corners[0].y);
  for (std::size_t i = 0; i < n; ++i) {
    thin_line(corners[(i + n - 1) % n], corners[i], colour);
    if (corners[i].y < corners[top].y) top = i;
    bottom = std::max(bottom, rounded(corners[i].y));
  }
  std::int64_t y = rounded(corners[top].y);
  const std::size_t turn[2] = {1, n - 1};  // the two ways round
  Chain chains[2] = {{top, y}, {top, y}};
  for (; y < bottom; ++y) {  // the last row is an edge or a corner, drawn already
    for (int side = 0; side < 2; ++side) {
      Chain& c = chains[side];
      while (c.end <= y) {
        const std::size_t next = (c.corner + turn[side]) % n;
        c.end = rounded(corners[next].y);
        const std::int64_t rows = c.end - y;
        c.x = corners[c.corner].x;
        if (rows > 0) c.step = ((corners[next].x - c.x) * 2 + rows) / (2 * rows);
        c.corner = next;
      }
    }
    row(y, rounded(std::min(chains[0].x, chains[1].x)), rounded(std::max(chains[0].x, chains[1].x)),
        colour);
    for (Chain& c : chains) c.x += c.step;
  }
}

void Drawing::thick_line(IntPoint a, IntPoint b, Rgb colour) {
  using namespace fixed_point;
  const double dx = static_cast<double>(a.x - b.x), dy = static_cast<double>(b.y - a.y);
  if (a.x == b.x && a.y == b.y) return;
  const double r = static_cast<double>(kOne) / std::sqrt(dx * dx + dy * dy);
  const auto ex = static_cast<std::int64_t>(math::round(dy * r));
  const auto ey = static_cast<std::int64_t>(math::round(dx * r));
  const FixedPoint p{a.x * kOne, a.y * kOne}, q{b.x * kOne, b.y * kOne};
  const FixedPoint corners[4] = {
      {p.x + ex, p.y + ey}, {p.x - ex, p.y - ey}, {q.x - ex, q.y - ey}, {q.x + ex, q.y + ey}};
  convex(corners, colour);
}

void Drawing::polyline(std::span<const IntPoint> points, bool closed, Rgb colour) {
  if (points.empty()) return;
  if (!closed) disc(points[0], 1, colour);
  IntPoint from = closed ? points.back() : points[0];
  for (std::size_t i = closed ? 0 : 1; i < points.size(); ++i) {
    thick_line(from, points[i], colour);
    disc(points[i], 1, colour);
    from = points[i];
  }
}

void Drawing::disc(IntPoint centre, std::int64_t radius, Rgb colour) {
  std::int64_t error = 0, x = radius, y = 0, plus = 1, minus = 2 * radius - 1;
  while (x >= y) {
    for (const std::int64_t up : {-1, 1}) {
      row(centre.y + up * y, centre.x - x, centre.x + x, colour);
      row(centre.y + up * x, centre.x - y, centre.x + y, colour);
    }
    ++y;
    error += plus;
    plus += 2;
    if (error > 0) {
      error -= minus;
      --x;
      minus -= 2;
    }
  }
}

}  // namespace dact::face
