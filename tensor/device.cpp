#include "tensor/device.hpp"

#include <atomic>
#include <cstring>

#include "tensor/cuda/kernel.hpp"
#include "tensor/error.hpp"

namespace dact {
namespace {

std::atomic<const Backend*> installed{nullptr};
thread_local std::string_view running;
thread_local std::span<const Tensor> running_on;

std::string where(std::string_view fallback) {
  return std::string(running.empty() ? fallback : running);
}

}  // namespace

const Backend* backend() { return installed.load(std::memory_order_acquire); }
void set_backend(const Backend* backend) { installed.store(backend, std::memory_order_release); }

OperatorScope::OperatorScope(std::string_view name, std::span<const Tensor> operands)
    : name_before_(running), operands_before_(running_on) {
  running = name;
  running_on = operands;
}
OperatorScope::~OperatorScope() {
  running = name_before_;
  running_on = operands_before_;
}
std::string_view current_operator() { return running; }
std::string current_operands() {
  std::string list;
  for (const Tensor& x : running_on)
    if (x.defined()) list += (list.empty() ? " for " : ", ") + x.str();
  return list;
}

const Backend& require_backend(std::string_view what) {
  const Backend* b = backend();
  if (b == nullptr)
    throw DeviceError(where(what),
                      "device must be cpu in this program (no CUDA device in it), got cuda");
  return *b;
}

void throw_host_access(const Tensor& x) {
  throw DeviceError(where("data"),
                    "must have a kernel for the device of every operand: the elements of " +
                        x.str() + " do not lie in host memory");
}

void require_one_device(std::string_view where, std::initializer_list<const Tensor*> tensors) {
  const Tensor* first = nullptr;
  bool same = true;
  std::string list;
  for (const Tensor* x : tensors) {
    if (!x->defined()) continue;
    if (first == nullptr) first = x;
    same = same && x->device() == first->device();
    list += (list.empty() ? "" : ", ") + x->str();
  }
  if (!same) throw DeviceError(where, "tensors must be on one device, got " + list);
}

void require_on_device(const Tensor& x, DType dtype) {
  if (!on_device(x))
    throw DeviceError(where("kernel"), "every operand must lie on device cuda, got " + x.str());
  if (x.dtype() != dtype)
    throw DtypeError(where("kernel"), "operands on device cuda must be " +
                                          std::string(name_of(dtype)) +
                                          " here (f64 is the CPU's oracle), got " + x.str());
}

void throw_wrong_type(const Tensor& x, DType wanted) {
  throw DtypeError(where("data"), "element type must match the tensor, got " +
                                      std::string(name_of(wanted)) + " for " + x.str());
}

Tensor Tensor::to(Device device) const {
  if (!defined() || device == this->device()) return *this;
  const Backend& b = require_backend("to");
  // dense in this tensor's axis order, so that channels-last stays so
  const Tensor dense = is_dense() ? *this : contiguous();
  Tensor out = empty_strided(shape_, dense.strides(), dtype_, device);
  const std::size_t bytes = static_cast<std::size_t>(numel_) * size_of(dtype_);
  if (bytes == 0) return out;
  if (device == Device::cpu)
    b.download(out.mutate_address(), dense.address(), bytes);
  else
    b.upload(out.mutate_address(), dense.address(), bytes);
  return out;
}

void clear_storage(Tensor& x) {
  if (x.numel() == 0) return;
  if (on_device(x))
    require_backend("zeros").clear(x.mutate_address(), x.storage()->bytes());
  else
    std::memset(x.mutate_raw(), 0, x.storage()->bytes());
}

namespace cuda {

void refuse_launch(const char* kernel) {
  throw DeviceError(where(kernel),
                    "must have a kernel for device cuda, got none (" + std::string(kernel) + ")");
}

}  // namespace cuda
}  // namespace dact
