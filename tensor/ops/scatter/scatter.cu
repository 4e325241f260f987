#include "tensor/cuda/launch.cuh"
#include "tensor/cuda/units.hpp"
#include "tensor/ops/scatter/scatter.cuda.hpp"

namespace dact::cuda {
namespace {

template <class Bits>
void install_moves() {
  install<GatherKernel<Bits>>();
  install<SelectKernel<Bits>>();
}

}  // namespace

void install_index() {
  install_moves<std::uint8_t>();
  install_moves<std::uint16_t>();
  install_moves<std::uint32_t>();
  install_moves<std::uint64_t>();
  install<ScatterKernel>();
  install<ScatterUniqueKernel>();
  install<SortKernel>();
}

}  // namespace dact::cuda
