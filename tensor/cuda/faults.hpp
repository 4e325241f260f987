// What errors of a device say. A card reports a fault inside a kernel at some later call, so the last kernels are kept.
#pragma once
#include <string>

namespace dact::cuda {

/// "conv2d" or, outside operators, "cuda".
std::string operator_name();

/// A kernel was queued; its name must live for ever.
void note_launch(const char* kernel);
/// All that was queued is done.
void note_wait();

/// DeviceError: `kernel` of the running operator, and its operands.
[[noreturn]] void throw_kernel_fault(const char* kernel, const std::string& why);
/// DeviceError: a call of the runtime failed, and the kernels queued since the last wait, any of which may be the cause.
[[noreturn]] void throw_call_fault(const char* call, const std::string& why);

}  // namespace dact::cuda
