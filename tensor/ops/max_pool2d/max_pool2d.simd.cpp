#include "tensor/ops/max_pool2d/max_pool2d.loops.hpp"

namespace dact::DACT_ISA {

void max_row(const MaxRow& s, const float* x, float* y, std::int64_t* winner) {
  max_row_of(s, x, y, winner);
}
void won_row(const WonRow& s, const float* g, const std::int64_t* winner, float* dx) {
  won_row_of(s, g, winner, dx);
}

}  // namespace dact::DACT_ISA
