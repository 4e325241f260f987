#include "tensor/cuda/card.hpp"
#include "tensor/device.hpp"
#include "tests/cuda/device.hpp"

namespace dact {

bool install_test_device() {
  if (device_choice() == DeviceChoice::cpu || !cuda::card_status().usable) return false;
  cuda::start();
  return true;
}

void vary_device(int) {}

DeviceMemoryLimit::DeviceMemoryLimit(std::size_t bytes)
    : limit_before_(cuda::card_memory().limit), live_before_(cuda::card_memory().live) {
  cuda::set_card_memory_limit(live_before_ + bytes);
}
DeviceMemoryLimit::~DeviceMemoryLimit() { cuda::set_card_memory_limit(limit_before_); }
std::size_t DeviceMemoryLimit::live() const { return cuda::card_memory().live - live_before_; }

bool fail_device_launch(std::int64_t, bool) { return false; }

}  // namespace dact
