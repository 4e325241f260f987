// Every entry of the catalogue on the device, forward and backward, against the CPU, bit for bit: plain inputs, strided
// views, special values, guarded memory. Without a card the kernels are emulated (tests/cuda/emulator.hpp), in several
// orders of their threads; a result that depends on the order is a race. DACT_ONLY_OP=softmax runs one entry.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "autograd/audit/inputs.hpp"
#include "autograd/audit/run.hpp"
#include "autograd/catalogue.hpp"
#include "tensor/device.hpp"
#include "tensor/memory.hpp"
#include "tests/cuda/device.hpp"

using namespace dact;

namespace {

// The same view of the same memory, on the device: gaps, offsets and strides included.
Tensor view_on_device(const Tensor& x) {
  if (!x.defined()) return x;
  const auto count = static_cast<std::int64_t>(x.storage()->bytes() / size_of(x.dtype()));
  const Tensor whole(x.storage(), x.dtype(), {count}, {1}, 0);
  return Tensor(whole.to(Device::cuda).storage(), x.dtype(), x.shape(), x.strides(), x.offset());
}

Tensors on_host(const Tensors& xs) {
  Tensors out;
  for (const Tensor& x : xs) out.push_back(x.to(Device::cpu));
  return out;
}

// Empty: equal bits. Otherwise what differs.
std::string fault_of(const OpDef& op, const Sample& s, const Tensors& in) {
  const audit::Run host = audit::run(op, s, in);
  Tensors there;
  for (const Tensor& x : in) there.push_back(view_on_device(x));
  const audit::Run device = audit::run(op, s, there);
  for (const Tensor& x : device.out)
    if (x.defined() && x.device() != Device::cuda) return "output " + x.str() + " left the device";
  for (const Tensor& x : device.grads)
    if (x.defined() && x.device() != Device::cuda)
      return "gradient " + x.str() + " left the device";
  return audit::difference({on_host(device.out), on_host(device.grads)}, host).value_or("");
}

std::string guarded_fault(const OpDef& op, const Sample& s, const Tensors& in) {
  const MemoryGuard guard;
  std::string fault = fault_of(op, s, in);
  if (fault.empty() && guard.damaged() != 0) fault = "a block was written outside";
  return fault.empty() ? "" : "fresh memory filled with NaN: " + fault;
}

// All ways to call the entry with one sample.
std::string sample_fault(const OpDef& op, const Sample& s) {
  const Tensors in = audit::make_inputs(op, s, DType::f32);
  vary_device(0);
  if (std::string f = guarded_fault(op, s, in); !f.empty()) return f;
  int turn = 0;
  for (const audit::Layout layout : audit::kLayouts) {
    if (audit::is_large(s) && layout != audit::Layout::channels_last) continue;
    Tensors moved;
    for (const Tensor& x : in) moved.push_back(audit::in_other_layout(x, layout));
    vary_device(++turn);
    if (std::string f = fault_of(op, s, moved); !f.empty())
      return std::string(audit::name_of(layout)) + ": " + f;
  }
  if (audit::is_large(s)) return "";
  for (std::int64_t shift = 0; shift < 8; ++shift) {
    vary_device(++turn);
    if (std::string f = fault_of(op, s, audit::with_special_values(s, in, shift)); !f.empty())
      return "special values " + std::to_string(shift) + ": " + f;
  }
  return "";
}

}  // namespace

TEST_SUITE("every_kernel") {
  TEST_CASE("every entry gives the CPU's bits on the device") {
    const char* only = std::getenv("DACT_ONLY_OP");
    if (!start_test_device()) {
      std::printf("skipped: no CUDA device (%zu entries)\n", catalogue().size());
      return;
    }
    std::string missing;
    int entries = 0, without = 0;
    for (const OpDef* op : catalogue()) {
      if (only && op->name != std::string_view(only)) continue;
      ++entries;
      for (const Sample& s : audit::samples_of(*op)) {
        std::string fault;
        try {
          fault = sample_fault(*op, s);
        } catch (const DeviceError& e) {
          missing += "\n  " + std::string(op->name) + ": " + e.what();
          ++without;
          break;
        } catch (const Error& e) {
          fault = e.what();
        }
        CHECK_MESSAGE(fault.empty(), op->name, " ", s.label, ": ", fault,
                      "\n  rerun: DACT_ONLY_OP=", op->name, " ops_test --test-suite=every_kernel");
        if (!fault.empty()) break;
      }
    }
    CHECK(entries > 0);
    std::printf("%d entries on device %s, %d without a kernel%s\n", entries,
                std::string(backend()->name).c_str(), without, missing.c_str());
    CHECK(without == 0);
  }
}
