#include "tensor/ops/elementwise/binary.kernels.hpp"
#include "tensor/ops/elementwise/binary.loops.hpp"

namespace dact::DACT_ISA {

void binary_f32(int id, const float* a, std::int64_t sa, const float* b, std::int64_t sb, void* y, std::int64_t n) {
  BinaryTable<float, true>::loop[id](a, sa, b, sb, y, n);
}

}  // namespace dact::DACT_ISA
