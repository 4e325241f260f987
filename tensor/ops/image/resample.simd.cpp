#include "tensor/ops/image/resample.loops.hpp"

namespace dact::DACT_ISA {

void blend_rows(const float* x, std::int64_t stride, std::int64_t taps, const float* weight,
                float* y, std::int64_t n) {
  blend_rows_of(x, stride, taps, weight, y, n);
}
void blend_columns(const float* x, std::int64_t channels, const std::int64_t* begin,
                   const std::int64_t* first, const float* weight, std::int64_t outputs, float* y) {
  blend_columns_of(x, channels, begin, first, weight, outputs, y);
}

}  // namespace dact::DACT_ISA
