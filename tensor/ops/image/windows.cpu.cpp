// The f64 oracle: the same loops, one channel at a time.
#define DACT_ISA f64_oracle
#include "tensor/ops/image/windows.loops.hpp"

namespace dact::f64_oracle {

void mean_row(const MeanRow& s, const double* x, double* y) { mean_row_of(s, x, y); }
void spread_row(const SpreadRow& s, const double* g, double* dx) { spread_row_of(s, g, dx); }

}  // namespace dact::f64_oracle
