#include "tensor/cuda/launch.cuh"
#include "tensor/cuda/units.hpp"
#include "tensor/ops/contract/contract.cuda.hpp"
#include "tensor/ops/fast/conv.cuda.hpp"

namespace dact::cuda {
namespace {

template <class A, class B>
void install_sides() {
  install<ContractKernel<32, A, B>>();
  install<ContractKernel<64, A, B>>();
  install<ContractKernel<128, A, B>>();
}

template <class Mode>
void install_fast() {
  install<FastConv<Mode, 3, 1, true>>();
  install<FastConv<Mode, 3, 1, false>>();
  install<FastConv<Mode, 3, 2, false>>();
  install<FastConv<Mode, 1, 1, false>>();
  install<PackFastWeight<Mode>>();
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
  install_fast<Bf16>();
  install_fast<Tf32>();
  install<FillRows>();
}

}  // namespace dact::cuda
