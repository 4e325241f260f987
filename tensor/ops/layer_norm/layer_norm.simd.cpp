#include "tensor/ops/layer_norm/layer_norm.kernels.hpp"
#include "tensor/ops/layer_norm/layer_norm.loops.hpp"

namespace dact::DACT_ISA {

void layer_norm_row_f32(const float* x, float mean, float rstd, const float* w, const float* b,
                        float* y, std::int64_t n) {
  layer_norm_row(x, mean, rstd, w, b, y, n);
}

void layer_norm_row_grad_f32(const float* g, const float* x, float mean, float rstd, const float* w,
                             float* dx, std::int64_t n) {
  layer_norm_row_grad(g, x, mean, rstd, w, dx, n);
}

}  // namespace dact::DACT_ISA
