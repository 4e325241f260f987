// The f64 oracle: the same loops, one channel at a time.
#define DACT_ISA f64_oracle
#include "tensor/ops/grid_sample/grid_sample.loops.hpp"

namespace dact::f64_oracle {

void sample_points(const Image& s, const double* x, const double* grid, std::int64_t points,
                   double* y) {
  sample_points_of(s, x, grid, points, y);
}
void place_points(const Image& s, const double* grid, std::int64_t points, std::int64_t* pixel,
                  double* weight) {
  place_points_of(s, grid, points, pixel, weight);
}
void gather_points(std::int64_t channels, const std::int64_t* source, std::int64_t sources,
                   const double* weight, const double* g, double* dx) {
  gather_points_of(channels, source, sources, weight, g, dx);
}
void grid_gradient(const Image& s, const double* x, const double* grid, const double* g,
                   std::int64_t points, double* dgrid) {
  grid_gradient_of(s, x, grid, g, points, dgrid);
}

}  // namespace dact::f64_oracle
