// Body shared by the f32 copies (grid_sample.simd.cpp) and the f64 oracle (grid_sample.cpu.cpp).
#pragma once
#include "tensor/ops/grid_sample/grid_sample.kernels.hpp"
#include "tensor/ops/grid_sample/grid_sample.points.hpp"
#include "tensor/ops/image/pack.hpp"

namespace dact::DACT_ISA {
namespace {

using grid_sample_room::Image;

using grid_sample_room::Corners;
using grid_sample_room::corners_of;

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
