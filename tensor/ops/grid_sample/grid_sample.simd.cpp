#include "tensor/ops/grid_sample/grid_sample.loops.hpp"

namespace dact::DACT_ISA {

void sample_points(const Image& s, const float* x, const float* grid, std::int64_t points,
                   float* y) {
  sample_points_of(s, x, grid, points, y);
}
void place_points(const Image& s, const float* grid, std::int64_t points, std::int64_t* pixel,
                  float* weight) {
  place_points_of(s, grid, points, pixel, weight);
}
void gather_points(std::int64_t channels, const std::int64_t* source, std::int64_t sources,
                   const float* weight, const float* g, float* dx) {
  gather_points_of(channels, source, sources, weight, g, dx);
}
void grid_gradient(const Image& s, const float* x, const float* grid, const float* g,
                   std::int64_t points, float* dgrid) {
  grid_gradient_of(s, x, grid, g, points, dgrid);
}

}  // namespace dact::DACT_ISA
