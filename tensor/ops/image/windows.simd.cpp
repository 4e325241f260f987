#include "tensor/ops/image/windows.loops.hpp"

namespace dact::DACT_ISA {

void mean_row(const MeanRow& s, const float* x, float* y) { mean_row_of(s, x, y); }
void spread_row(const SpreadRow& s, const float* g, float* dx) { spread_row_of(s, g, dx); }

}  // namespace dact::DACT_ISA
