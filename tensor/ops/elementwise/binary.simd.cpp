#include "tensor/ops/elementwise/binary.kernels.hpp"
#include "tensor/ops/elementwise/binary.loops.hpp"

namespace dact::DACT_ISA {

void binary_f32(int id, const float* a, const float* b, void* y, std::int64_t n) {
  BinaryTable<float>::loop[id](a, b, y, n);
}

void binary_grad_f32(int id, int side, const float* g, const float* a, const float* b, float* d,
                     std::int64_t n) {
  (side ? BinaryGradTable<float>::db : BinaryGradTable<float>::da)[id](g, a, b, d, n);
}

}  // namespace dact::DACT_ISA
