#include "tests/cuda/device.hpp"

#include <cstdlib>
#include <string>

#include "tensor/error.hpp"

namespace dact {
namespace {
DeviceChoice choice = DeviceChoice::automatic;
int skipped_cases = 0;
}  // namespace

void read_device_choice() {
  const char* text = std::getenv("DACT_DEVICE");
  const std::string wanted = text == nullptr || *text == '\0' ? "auto" : text;
  unsetenv("DACT_DEVICE");
  if (wanted == "cpu")
    choice = DeviceChoice::cpu;
  else if (wanted == "cuda")
    choice = DeviceChoice::card;
  else if (wanted != "auto")
    throw UsageError("DACT_DEVICE", "must be auto, cpu or cuda, got \"" + wanted + "\"");
}
DeviceChoice device_choice() { return choice; }

bool start_test_device(int cases) {
  if (install_test_device()) return true;
  skipped_cases += cases;
  return false;
}
int skipped_device_cases() { return skipped_cases; }

}  // namespace dact
