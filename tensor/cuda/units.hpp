// The units of kernels (*.cu), each with the function that installs what it holds.
#pragma once

namespace dact::cuda {

void install_copy();         // tensor/copy.cu
void install_elementwise();  // tensor/ops/elementwise/elementwise.cu
void install_reduce();       // tensor/ops/reduce/reduce.cu
void install_contract();     // tensor/ops/contract/contract.cu
void install_index();        // tensor/ops/scatter/scatter.cu
void install_image();        // tensor/ops/image/image.cu
void install_norm();         // tensor/ops/norm/norm.cu
/// All of them.
void install_all();

}  // namespace dact::cuda
