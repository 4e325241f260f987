// The CUDA card of this process: what there is, and how a program comes to use it. In a build without CUDA there is
// none, and the answers say so.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace dact::cuda {

/// `built`: CUDA is part of this build. `usable`: start() will work; else `text` says why not, else it names the card:
/// "NVIDIA H200, sm_90, 132 multiprocessors, 139.8 GiB (138.9 free), driver 13.0".
struct CardStatus {
  bool built = false, usable = false;
  std::string text;
};
CardStatus card_status();

/// Installs the card as the device (Device::cuda). DeviceError with card_status().text where it is not usable.
void start();

/// After every launch wait for its end, so that a fault inside a kernel names that kernel, its operator and the
/// operands; without it such a fault shows at a later call, which lists the last kernels. DACT_DEVICE_AUDIT=1: on from
/// the start.
void set_audit_mode(bool on);

/// Of the caching allocator, in bytes; `limit` is the budget: DACT_DEVICE_MEMORY_LIMIT (bytes, or with suffix K, M, G),
/// else 90 % of what was free at start.
struct CardMemory {
  std::size_t live = 0, cached = 0, peak = 0, limit = 0;
  std::uint64_t allocations = 0, fresh = 0;
};
CardMemory card_memory();
void set_card_memory_limit(std::size_t bytes);
void release_cached_card_memory();

/// Milliseconds that the queue needed between two marks, measured by the card.
class Stopwatch {
 public:
  Stopwatch();
  ~Stopwatch();
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  void start();
  double stop();  // waits

 private:
  void *begin_ = nullptr, *end_ = nullptr;
};

}  // namespace dact::cuda
