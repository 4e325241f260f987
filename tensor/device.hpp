// Devices beside the CPU. A backend gives memory, copies and kernels; the CUDA library installs one when a program
// asks for the device, tests install the emulator. Rooms meet two names: on_device(x), and launch() of
// tensor/cuda/kernel.hpp.
#pragma once
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.hpp"

// 0 in a build without CUDA and without tests: on_device() is then false for the compiler too, and no trace of devices
// is left. Else the same objects serve the CUDA library and the emulator of the tests, so that CI runs every branch.
#if !defined(DACT_DEVICES)
#define DACT_DEVICES 1
#endif

namespace dact {

/// Memory and copies of a device. All work is one queue: a call may return before it is done, later calls see it done.
struct Backend {
  std::string_view name;                                            // "cuda", "emulated"
  void* (*allocate)(std::size_t bytes);                             // ResourceError
  void (*release)(void* block, std::size_t bytes) noexcept;         // once all queued work is done
  void (*upload)(void* to, const void* from, std::size_t bytes);    // `from` may be reused at once
  void (*download)(void* to, const void* from, std::size_t bytes);  // waits
  void (*clear)(void* block, std::size_t bytes);                    // zero bytes
  void (*synchronise)();  // waits; DeviceError of what failed
};
/// nullptr: there is none, and Device::cuda is a DeviceError.
const Backend* backend();
void set_backend(const Backend* backend);

/// What runs on this thread, for errors of the device: set by apply() around each operator, `operands` its inputs, and
/// around its derivative, whose operands are the upstream gradients. Both must outlive the scope.
class OperatorScope {
 public:
  OperatorScope(std::string_view name, std::span<const Tensor> operands);
  ~OperatorScope();
  OperatorScope(const OperatorScope&) = delete;
  OperatorScope& operator=(const OperatorScope&) = delete;

 private:
  std::string_view name_before_;
  std::span<const Tensor> operands_before_;
};
/// Empty outside any operator.
std::string_view current_operator();
/// " for f32[2, 3]@cuda, f32[3]@cuda": what it runs on. Empty outside any operator.
std::string current_operands();

#if DACT_DEVICES
inline bool on_device(const Tensor& x) { return x.device() != Device::cpu; }
#else
constexpr bool on_device(const Tensor&) { return false; }
#endif

/// DeviceError: a host loop was about to read the elements of a tensor of the device.
[[noreturn]] void throw_host_access(const Tensor& x);
/// DeviceError that shows all of them unless they lie on one device; absent ones do not count.
void require_one_device(std::string_view where, std::initializer_list<const Tensor*> tensors);
/// DtypeError, DeviceError unless x holds `dtype` on the device.
void require_on_device(const Tensor& x, DType dtype);

/// Addresses for kernels. nullptr for an absent operand.
template <class T>
const T* device_data(const Tensor& x) {
  if (!x.defined()) return nullptr;
  require_on_device(x, dtype_of<T>);
  return static_cast<const T*>(x.address());
}
template <class T>
T* device_mutate(Tensor& x) {
  require_on_device(x, dtype_of<T>);
  return static_cast<T*>(x.mutate_address());
}

/// DeviceError naming `what` (or the running operator) where no backend is installed.
const Backend& require_backend(std::string_view what);

/// Values of the host as a tensor of x's device.
template <class T>
Tensor beside(const Tensor& x, const std::vector<T>& values) {
  return from_vector(values, {static_cast<std::int64_t>(values.size())}).to(x.device());
}

}  // namespace dact
