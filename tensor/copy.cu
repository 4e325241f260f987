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

void install_all() {
  install_copy();
  install_elementwise();
  install_reduce();
  install_contract();
  install_index();
  install_image();
  install_norm();
}

}  // namespace dact::cuda
