// Body shared by the f32 copies (grid_sample.simd.cpp) and the f64 oracle (grid_sample.cpu.cpp).
#pragma once
#include "tensor/ops/grid_sample/grid_sample.kernels.hpp"
#include "tensor/ops/image/pack.hpp"

namespace dact::DACT_ISA {
namespace {

using grid_sample_room::Image;

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

struct Four {
  constexpr operator int() const { return 4; }
};

// p: points, c: channels
template <class T>
void sample_points_of(const Image& s, const T* x, const T* grid, std::int64_t points, T* y) {
  for (std::int64_t p = 0; p < points; ++p, y += s.channels) {
    const Corners<T> corners = corners_of(s, grid + 2 * p);
    const T* from[4];
    T weight[4];
    int used = 0;
    for (int k = 0; k < 4; ++k)
      if (corners.pixel[k] >= 0) {
        from[used] = x + corners.pixel[k] * s.channels;
        weight[used++] = corners.weight[k];
      }
    const T start = corners.x.nan || corners.y.nan ? T(__builtin_nanf("")) : T(0);
    const auto blend = [&](auto count) {  // all four corners but at the rim: a loop of known length
      over_channels<T>(s.channels, [&]<class V>(std::int64_t c) {
        V acc = splat<V>(start);
        for (int k = 0; k < count; ++k) acc = fma(splat<V>(weight[k]), load<V>(from[k] + c), acc);
        store(y + c, acc);
      });
    };
    if (used == 4)
      blend(Four{});
    else
      blend(used);
  }
}

template <class T>
void place_points_of(const Image& s, const T* grid, std::int64_t points, std::int64_t* pixel,
                     T* weight) {
  for (std::int64_t p = 0; p < points; ++p) {
    const Corners<T> corners = corners_of(s, grid + 2 * p);
    for (int k = 0; k < 4; ++k) {
      pixel[4 * p + k] = corners.pixel[k];
      weight[4 * p + k] = corners.weight[k];
    }
  }
}

template <class T>
void gather_points_of(std::int64_t channels, const std::int64_t* source, std::int64_t sources,
                      const T* weight, const T* g, T* dx) {
  over_channels<T>(channels, [&]<class V>(std::int64_t c) {
    V acc{};
    for (std::int64_t i = 0; i < sources; ++i) {
      const std::int64_t from = source[i];
      acc = acc + splat<V>(weight[from]) * load<V>(g + from / 4 * channels + c);
    }
    store(dx + c, acc);
  });
}

template <class T>
void grid_gradient_of(const Image& s, const T* x, const T* grid, const T* g, std::int64_t points,
                      T* dgrid) {
  for (std::int64_t p = 0; p < points; ++p, g += s.channels, dgrid += 2) {
    const Corners<T> corners = corners_of(s, grid + 2 * p);
    const T fx = corners.x.fraction, fy = corners.y.fraction;
    const auto value = [&](int k, std::int64_t c) {
      return corners.pixel[k] >= 0 ? x[corners.pixel[k] * s.channels + c] : T(0);
    };
    const bool nan = corners.x.nan || corners.y.nan;
    const T by_u = lane_sum<T>(s.channels, [&](std::int64_t c) {
      const T above = value(1, c) - value(0, c), below = value(3, c) - value(2, c);
      return g[c] * math::fma(fy, below, (T(1) - fy) * above);
    });
    const T by_v = lane_sum<T>(s.channels, [&](std::int64_t c) {
      const T left = value(2, c) - value(0, c), right = value(3, c) - value(1, c);
      return g[c] * math::fma(fx, right, (T(1) - fx) * left);
    });
    dgrid[0] = nan ? T(__builtin_nanf("")) : by_u * corners.x.slope;
    dgrid[1] = nan ? T(__builtin_nanf("")) : by_v * corners.y.slope;
  }
}

}  // namespace
}  // namespace dact::DACT_ISA
