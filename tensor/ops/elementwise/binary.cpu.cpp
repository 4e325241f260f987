// The f64 oracle, the integer types and bool: the same functors, plain loops.
#define DACT_ISA plain_types
#include "tensor/ops/elementwise/binary.kernels.hpp"
#include "tensor/ops/elementwise/binary.loops.hpp"

namespace dact {

template <class T>
void binary_plain(int id, const T* a, const T* b, void* y, std::int64_t n) {
  plain_types::BinaryTable<T>::loop[id](a, b, y, n);
}
#define DACT_INSTANTIATE(T) \
  template void binary_plain(int, const T*, const T*, void*, std::int64_t);
DACT_INSTANTIATE(double)
DACT_INSTANTIATE(std::int64_t)
DACT_INSTANTIATE(std::int32_t)
DACT_INSTANTIATE(std::uint8_t)
DACT_INSTANTIATE(bool)
#undef DACT_INSTANTIATE

void binary_grad_f64(int id, int side, const double* g, const double* a, const double* b, double* d,
                     std::int64_t n) {
  using Table = plain_types::BinaryGradTable<double>;
  (side ? Table::db : Table::da)[id](g, a, b, d, n);
}

}  // namespace dact
