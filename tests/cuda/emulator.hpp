// The device of the tests where there is no card: kernels run thread by thread on the CPU, from the same source that
// nvcc compiles. Never a device that users see.
#pragma once
#include "tensor/cuda/launch.cuh"

namespace dact::cuda {

/// Installs the backend "emulated" and all kernels; once is enough.
void use_emulator();
void set_emulated_order(Order order);

}  // namespace dact::cuda
