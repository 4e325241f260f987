// The f64 oracle: the same functors, plain loops.
#define DACT_ISA f64_oracle
#include "tensor/ops/elementwise/unary.kernels.hpp"
#include "tensor/ops/elementwise/unary.loops.hpp"

namespace dact {

void unary_f64(int id, const double* x, void* y, std::int64_t n, double a, double b) {
  f64_oracle::UnaryTable<double>::forward[id](x, y, n, a, b);
}

void unary_grad_f64(int id, const double* g, const double* x, const double* y, double* dx,
                    std::int64_t n, double a, double b) {
  f64_oracle::UnaryTable<double>::backward[id](g, x, y, dx, n, a, b);
}

}  // namespace dact
