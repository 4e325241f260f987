#include "tests/cuda/device.hpp"
#include "tests/cuda/emulator.hpp"

namespace dact {

bool start_test_device() {
  cuda::use_emulator();
  return true;
}

void vary_device(int turn) { cuda::set_emulated_order(static_cast<cuda::Order>(turn % 3)); }

}  // namespace dact
