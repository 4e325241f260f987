#include "tensor/cuda/card.hpp"
#include "tensor/device.hpp"
#include "tests/cuda/device.hpp"

namespace dact {

bool start_test_device() {
  if (!cuda::card_status().usable) return false;
  cuda::start();
  return true;
}

void vary_device(int) {}

}  // namespace dact
