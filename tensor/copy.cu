#include "tensor/copy.cuda.hpp"
#include "tensor/cuda/launch.cuh"
#include "tensor/cuda/units.hpp"

namespace dact::cuda {

void install_copy() {
  install<CopyKernel<std::uint8_t>>();
  install<CopyKernel<std::uint16_t>>();
  install<CopyKernel<std::uint32_t>>();
  install<CopyKernel<std::uint64_t>>();
  install<ConvertKernel>();
}

}  // namespace dact::cuda
