#pragma once
#include <cstdint>

namespace dact::grid_sample_room {

/// One image [height, width, channels] and how points fall on it.
struct Image {
  std::int64_t height, width, channels;
  bool border, align_corners;
};

}  // namespace dact::grid_sample_room

// sample_points: y [points, channels] from x and grid [points, 2].
// place_points: the pixel of each point's corners, or -1, and its weight; both [points, 4].
// gather_points: dx [channels] of one pixel: the sum of weight[s] * g[s / 4] over its sources s.
// grid_gradient: dgrid [points, 2] from g [points, channels].
#define DACT_DECLARE_GRID_SAMPLE(T)                                                           \
  void sample_points(const grid_sample_room::Image& s, const T* x, const T* grid,             \
                     std::int64_t points, T* y);                                              \
  void place_points(const grid_sample_room::Image& s, const T* grid, std::int64_t points,     \
                    std::int64_t* pixel, T* weight);                                          \
  void gather_points(std::int64_t channels, const std::int64_t* source, std::int64_t sources, \
                     const T* weight, const T* g, T* dx);                                     \
  void grid_gradient(const grid_sample_room::Image& s, const T* x, const T* grid, const T* g, \
                     std::int64_t points, T* dgrid);
namespace dact::isa_portable {
DACT_DECLARE_GRID_SAMPLE(float)
}
namespace dact::isa_avx2 {
DACT_DECLARE_GRID_SAMPLE(float)
}
namespace dact::isa_avx512 {
DACT_DECLARE_GRID_SAMPLE(float)
}
namespace dact::f64_oracle {
DACT_DECLARE_GRID_SAMPLE(double)
}
