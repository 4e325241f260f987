// The f64 oracle: the same loops, one channel at a time.
#define DACT_ISA f64_oracle
#include "tensor/ops/max_pool2d/max_pool2d.loops.hpp"

namespace dact::f64_oracle {

void max_row(const MaxRow& s, const double* x, double* y, std::int64_t* winner) {
  max_row_of(s, x, y, winner);
}
void won_row(const WonRow& s, const double* g, const std::int64_t* winner, double* dx) {
  won_row_of(s, g, winner, dx);
}

}  // namespace dact::f64_oracle
