// Copies within a device.
#pragma once
#include "tensor/loop.hpp"
#include "tensor/tensor.hpp"

namespace dact {

/// out (operand 0) = x (operand 1), converted. Both lie on the device.
void copy_on_device(const LoopPlan<2>& plan, Tensor& out, const Tensor& x);

}  // namespace dact
