// Every entry of the catalogue on the device, forward and backward, against the CPU, bit for bit: plain inputs, strided
// views, special values, guarded memory. Without a card the kernels are emulated (tests/cuda/emulator.hpp), in several
// orders of their threads; a result that depends on the order is a race. DACT_ONLY_OP=softmax runs one entry.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "autograd/audit/checks.hpp"
#include "autograd/audit/inputs.hpp"
#include "autograd/audit/run.hpp"
#include "autograd/catalogue.hpp"
#include "tensor/device.hpp"
#include "tests/cuda/device.hpp"

using namespace dact;

namespace {

// The ways to call the entry with one sample that the audit's check has not. Empty: equal bits; else what differs.
std::string sample_fault(const OpDef& op, const Sample& s) {
  const Tensors in = audit::make_inputs(op, s, DType::f32);
  int turn = 0;
  for (const audit::Layout layout : audit::kLayouts) {
    if (audit::is_large(s) && layout != audit::Layout::channels_last) continue;
    Tensors moved;
    for (const Tensor& x : in) moved.push_back(audit::in_other_layout(x, layout));
    vary_device(++turn);
    if (const auto f = audit::device_difference(op, s, moved))
      return std::string(audit::name_of(layout)) + ": " + *f;
  }
  if (audit::is_large(s)) return "";
  for (std::int64_t shift = 0; shift < 8; ++shift) {
    vary_device(++turn);
    if (const auto f = audit::device_difference(op, s, audit::with_special_values(s, in, shift)))
      return "special values " + std::to_string(shift) + ": " + *f;
  }
  return "";
}

std::string fault_of(const OpDef& op) {
  vary_device(0);
  const audit::CheckResult plain = audit::check_device(op);
  if (plain.verdict != audit::Verdict::pass) return plain.detail;
  for (const Sample& s : audit::samples_of(op)) {
    std::string fault;
    try {
      fault = sample_fault(op, s);
    } catch (const Error& e) {
      fault = e.what();
    }
    if (!fault.empty()) return s.label + ": " + fault;
  }
  return "";
}

}  // namespace

TEST_SUITE("every_kernel") {
  TEST_CASE("every entry gives the CPU's bits on the device") {
    const char* only = std::getenv("DACT_ONLY_OP");
    if (!start_test_device(only ? 1 : static_cast<int>(catalogue().size()))) return;
    int entries = 0;
    for (const OpDef* op : catalogue()) {
      if (only && op->name != std::string_view(only)) continue;
      ++entries;
      const std::string fault = fault_of(*op);
      CHECK_MESSAGE(fault.empty(), op->name, " ", fault, "\n  rerun: DACT_ONLY_OP=", op->name,
                    " ops_test --test-suite=every_kernel");
    }
    CHECK(entries > 0);
    std::printf("%d entries on device %s\n", entries, std::string(backend()->name).c_str());
  }
}
