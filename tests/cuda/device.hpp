// The device that tests run on: the card of a CUDA build, else the emulator. DACT_DEVICE=cuda is the card or nothing,
// DACT_DEVICE=cpu never the card.
#pragma once
#include <cstddef>
#include <cstdint>

namespace dact {

/// Takes DACT_DEVICE out of the environment, for the suites alone: programs that tests start choose their own. UsageError.
void read_device_choice();
enum class DeviceChoice { automatic, cpu, card };
DeviceChoice device_choice();

/// False: there is none; `cases` more are then counted as skipped.
bool start_test_device(int cases = 1);
int skipped_device_cases();
bool install_test_device();  // for start_test_device(): of the card's build, or the emulator's

/// Another order of threads for the emulator; nothing on a card.
void vary_device(int turn);

/// While alive the device has `bytes` for new tensors.
class DeviceMemoryLimit {
 public:
  explicit DeviceMemoryLimit(std::size_t bytes);
  ~DeviceMemoryLimit();
  DeviceMemoryLimit(const DeviceMemoryLimit&) = delete;
  DeviceMemoryLimit& operator=(const DeviceMemoryLimit&) = delete;
  /// Of them in use.
  std::size_t live() const;

 private:
  std::size_t limit_before_, live_before_;
};

/// Launch `nth` from now (1: the next) fails: at once, as one that a card refuses, or late: like a fault inside a
/// kernel, at the next copy to the host. 0: none does. False: a card cannot be asked for that.
bool fail_device_launch(std::int64_t nth, bool late);

}  // namespace dact
