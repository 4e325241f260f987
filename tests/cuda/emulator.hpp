// The device of the tests where there is no card: kernels run thread by thread on the CPU, from the same source that
// nvcc compiles. Never a device that users see.
#pragma once
#include "tensor/cuda/heap.hpp"
#include "tensor/cuda/launch.cuh"

namespace dact::cuda {

/// Installs the backend "emulated" and all kernels; once is enough.
void use_emulator();
void set_emulated_order(Order order);

/// The card's allocator over host memory. In use only where a test asks: else every tensor has a block of exactly its
/// size, so that guards lie right behind it.
CardHeap& emulated_heap();
void use_emulated_heap(bool on);

/// See fail_device_launch().
void fail_emulated_launch(std::int64_t nth, bool late);

}  // namespace dact::cuda
