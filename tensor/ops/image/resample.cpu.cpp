// The f64 oracle: the same loops, one number at a time.
#define DACT_ISA f64_oracle
#include "tensor/ops/image/resample.loops.hpp"

namespace dact::f64_oracle {

void blend_rows(const double* x, std::int64_t stride, std::int64_t taps, const float* weight,
                double* y, std::int64_t n) {
  blend_rows_of(x, stride, taps, weight, y, n);
}
void blend_columns(const double* x, std::int64_t channels, const std::int64_t* begin,
                   const std::int64_t* first, const float* weight, std::int64_t outputs,
                   double* y) {
  blend_columns_of(x, channels, begin, first, weight, outputs, y);
}

}  // namespace dact::f64_oracle
