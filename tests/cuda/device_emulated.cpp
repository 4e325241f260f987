#include "tests/cuda/device.hpp"
#include "tests/cuda/emulator.hpp"

namespace dact {

bool install_test_device() {
  if (device_choice() == DeviceChoice::card) return false;
  cuda::use_emulator();
  return true;
}

void vary_device(int turn) { cuda::set_emulated_order(static_cast<cuda::Order>(turn % 3)); }

DeviceMemoryLimit::DeviceMemoryLimit(std::size_t bytes)
    : limit_before_(0), live_before_(cuda::emulated_heap().stats().live) {
  cuda::emulated_heap().set_limit(live_before_ + bytes);
  cuda::use_emulated_heap(true);
}
DeviceMemoryLimit::~DeviceMemoryLimit() {
  cuda::use_emulated_heap(false);
  cuda::emulated_heap().trim();
}
std::size_t DeviceMemoryLimit::live() const {
  return cuda::emulated_heap().stats().live - live_before_;
}

bool fail_device_launch(std::int64_t nth, bool late) {
  cuda::fail_emulated_launch(nth, late);
  return true;
}

}  // namespace dact
