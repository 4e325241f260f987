// Lines and discs without antialiasing, drawn on bytes in fixed point, so that every pixel is decided by integers.
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "tensor/tensor.hpp"

namespace dact::face {

struct IntPoint {
  std::int64_t x = 0, y = 0;
};
using Rgb = std::array<std::uint8_t, 3>;

/// A canvas of RGB bytes. What falls outside is left out. Coordinates within +-32767 (the caller's duty).
class Drawing {
 public:
  /// Every byte `value`.
  Drawing(std::int64_t height, std::int64_t width, std::uint8_t value);

  /// A polyline, two pixels thick, with discs of radius 1 at the joints and ends. A closed one also joins the last point
  /// with the first. One point is a disc.
  void polyline(std::span<const IntPoint> points, bool closed, Rgb colour);
  /// A filled disc, of the midpoint circle; radius >= 0.
  void disc(IntPoint centre, std::int64_t radius, Rgb colour);

  /// u8 [H, W, 3]
  const Tensor& image() const { return image_; }

 private:
  // Coordinates times 2^16.
  struct FixedPoint {
    std::int64_t x, y;
  };
  /// Shortens a line to the canvas; false when nothing of it lies there.
  bool clip(FixedPoint& a, FixedPoint& b) const;
  void row(std::int64_t y, std::int64_t x0, std::int64_t x1, Rgb colour);
  void thin_line(FixedPoint a, FixedPoint b, Rgb colour);
  void thick_line(IntPoint a, IntPoint b, Rgb colour);
  void convex(std::span<const FixedPoint> corners, Rgb colour);

  Tensor image_;
  std::uint8_t* bytes_;
  std::int64_t height_, width_;
};

}  // namespace dact::face
