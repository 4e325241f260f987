// Where a point of the grid falls: one source for the CPU's copies and for kernels of a card. Always inlined, so that no
// instruction set's copy can serve another.
#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/grid_sample/grid_sample.kernels.hpp"

namespace dact::grid_sample_room {

// Along one axis: the pixel below the point, how far beyond it the point is, and d(coordinate) /
// d(grid).
template <class T>
struct Place {
  std::int64_t at = 0;
  T fraction = T(0), slope = T(0);
  bool nan = false, outside = false;  // outside: no pixel of the image within reach
};

template <class T>
DACT_INLINE Place<T> place_of(T g, std::int64_t n, const Image& s) {
  const T size = static_cast<T>(n), last = static_cast<T>(n - 1);
  const T scale = (s.align_corners ? last : size) / T(2), centre = last / T(2);  // halves are exact
  const T u = math::fma(g, scale, centre);
  Place<T> p;
  p.nan = u != u;
  p.slope = scale;
  if (s.border && (u <= T(0) || u >= last)) {
    p.slope = T(0);
    p.at = u <= T(0) ? 0 : n - 1;
    return p;
  }
  p.outside = !(u > T(-1) && u < size);
  if (p.outside) return p;
  const T down = math::floor(u);
  p.at = static_cast<std::int64_t>(down);
  p.fraction = math::fma(g, scale, centre - down);  // not u - down: u has lost the last bits
  return p;
}

// The corners 00, 01, 10, 11 of a point: pixel in the plane (-1: outside the image) and weight.
template <class T>
struct Corners {
  Place<T> x, y;
  std::int64_t pixel[4];
  T weight[4];
};

template <class T>
DACT_INLINE Corners<T> corners_of(const Image& s, const T* grid) {
  Corners<T> c;
  c.x = place_of(grid[0], s.width, s);
  c.y = place_of(grid[1], s.height, s);
  const T ax = T(1) - c.x.fraction, ay = T(1) - c.y.fraction;
  const T weights[4] = {ay * ax, ay * c.x.fraction, c.y.fraction * ax, c.y.fraction * c.x.fraction};
  const bool none = c.x.outside || c.y.outside;
  for (int k = 0; k < 4; ++k) {
    const std::int64_t h = c.y.at + k / 2, w = c.x.at + k % 2;
    const bool inside = !none && h >= 0 && h < s.height && w >= 0 && w < s.width;
    c.pixel[k] = inside ? h * s.width + w : -1;
    c.weight[k] = weights[k];
  }
  return c;
}

}  // namespace dact::grid_sample_room
