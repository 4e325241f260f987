// The f64 oracle and the integer types: the same functors, plain loops.
#define DACT_ISA plain_types
#include "tensor/ops/elementwise/binary.loops.hpp"
#include "tensor/ops/elementwise/binary.kernels.hpp"

namespace dact {

template <class T>
bool binary_plain(int id, const T* a, std::int64_t sa, const T* b, std::int64_t sb, void* y, std::int64_t n) {
  const auto loop = plain_types::BinaryTable<T, T(1) / T(2) != T(0)>::loop[id];
  if (!loop) return false;
  loop(a, sa, b, sb, y, n);
  return true;
}
template bool binary_plain(int, const double*, std::int64_t, const double*, std::int64_t, void*, std::int64_t);
template bool binary_plain(int, const std::int64_t*, std::int64_t, const std::int64_t*, std::int64_t, void*,
                           std::int64_t);
template bool binary_plain(int, const std::int32_t*, std::int64_t, const std::int32_t*, std::int64_t, void*,
                           std::int64_t);
template bool binary_plain(int, const std::uint8_t*, std::int64_t, const std::uint8_t*, std::int64_t, void*,
                           std::int64_t);

}  // namespace dact
