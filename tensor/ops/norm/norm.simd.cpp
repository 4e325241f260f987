#include "tensor/ops/norm/norm.kernels.hpp"
#include "tensor/ops/norm/norm.loops.hpp"

namespace dact::DACT_ISA {

void norm_forward_f32(const float* x, const float* mean, const float* a, const float* d, bool silu,
                      float* y, std::int64_t pixels, std::int64_t c) {
  norm_forward_loop(x, mean, a, d, silu, y, pixels, c);
}

void norm_upstream_f32(const float* g, const float* x, const float* mean, const float* a,
                       const float* d, float* gv, std::int64_t pixels, std::int64_t c) {
  norm_upstream_loop(g, x, mean, a, d, gv, pixels, c);
}

void norm_chunk_sums_f32(const float* gv, const float* x, const float* mean, float* s1, float* s2,
                         std::int64_t pixels, std::int64_t c) {
  norm_chunk_sums_loop(gv, x, mean, s1, s2, pixels, c);
}

void norm_backward_f32(const float* gv, const float* x, const float* mean, const float* a,
                       const float* k1, const float* k2, float* dx, std::int64_t pixels,
                       std::int64_t c) {
  norm_backward_loop(gv, x, mean, a, k1, k2, dx, pixels, c);
}

}  // namespace dact::DACT_ISA
