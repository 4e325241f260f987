#include "nn/optim/optimizer.cuda.hpp"

#include "tensor/cuda/launch.cuh"
#include "tensor/cuda/units.hpp"

namespace dact::cuda {

void install_optim() {
  install<SgdKernel>();
  install<AdamKernel>();
  install<EmaKernel>();
}

}  // namespace dact::cuda
