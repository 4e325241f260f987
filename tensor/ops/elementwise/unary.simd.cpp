#include "tensor/ops/elementwise/unary.kernels.hpp"
#include "tensor/ops/elementwise/unary.loops.hpp"

namespace dact::DACT_ISA {

void unary_f32(int id, const float* x, void* y, std::int64_t n, double a, double b) {
  UnaryTable<float>::forward[id](x, y, n, a, b);
}

void unary_grad_f32(int id, const float* g, const float* x, const float* y, float* dx,
                    std::int64_t n, double a, double b) {
  UnaryTable<float>::backward[id](g, x, y, dx, n, a, b);
}

}  // namespace dact::DACT_ISA
