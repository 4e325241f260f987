#include "tensor/cuda/launch.cuh"
#include "tensor/cuda/units.hpp"
#include "tensor/ops/contract/contract.cuda.hpp"

namespace dact::cuda {
namespace {

template <class A, class B>
void install_sides() {
  install<ContractKernel<32, A, B>>();
  install<ContractKernel<64, A, B>>();
  install<ContractKernel<128, A, B>>();
}

}  // namespace

void install_contract() {
  install_sides<MatrixLoader<true>, MatrixLoader<true>>();
  install_sides<MatrixLoader<true>, MatrixLoader<false>>();
  install_sides<MatrixLoader<false>, MatrixLoader<true>>();
  install_sides<MatrixLoader<false>, MatrixLoader<false>>();
  install_sides<ConvLoader, MatrixLoader<false>>();
  install_sides<ConvGradientLoader, MatrixLoader<false>>();
  install_sides<OuterGradientLoader, OuterInputLoader>();
  install<AddChunks>();
  install<RowSums>();
  install<AddRowSums>();
  install<AddBatches>();
}

}  // namespace dact::cuda
