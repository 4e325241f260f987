#include "tensor/cuda/heap.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tensor/cuda/faults.hpp"
#include "tensor/device.hpp"
#include "tensor/error.hpp"

namespace dact::cuda {
namespace {

constexpr std::size_t kSmallest = 512;  // what cudaMalloc aligns to

double mib(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

SizeClass class_of(std::size_t bytes) { return size_class_of(std::max(bytes, kSmallest)); }

}  // namespace

void CardHeap::refuse(std::size_t wanted) {
  throw ResourceError(
      operator_name(),
      fmt::format("device memory must hold its result and workspace, got a request of {:.1f} MiB{} "
                  "with {:.1f} MiB in use, {:.1f} MiB cached, a budget of {:.1f} MiB "
                  "(DACT_DEVICE_MEMORY_LIMIT) and {:.1f} MiB free on the card",
                  mib(wanted), current_operands(), mib(stats_.live), mib(stats_.cached),
                  mib(stats_.limit), mib(source_.free())));
}

void CardHeap::restart() {
  if (stats_.live > 0)
    throw DeviceError(
        operator_name(),
        fmt::format("the card must be free of tensors to start again after a fault, got {:.1f} MiB "
                    "whose contents are lost",
                    mib(stats_.live)));
  for (auto& shelf : shelves_) shelf.clear();
  stats_.cached = 0;
  source_.restart();
  lost_ = false;
}

bool CardHeap::evict_one() noexcept {
  for (std::size_t i = kSizeClasses; i-- > 0;) {  // the largest first: few calls free much
    if (shelves_[i].empty()) continue;
    source_.give_back(shelves_[i].back(), class_bytes_[i]);
    shelves_[i].pop_back();
    stats_.cached -= class_bytes_[i];
    return true;
  }
  return false;
}

void* CardHeap::fresh(const SizeClass& size, std::size_t wanted) {
  if (size.bytes > stats_.limit || stats_.live > stats_.limit - size.bytes) refuse(wanted);
  while (stats_.live + stats_.cached + size.bytes > stats_.limit && evict_one()) {
  }
  for (;;) {
    if (void* const block = source_.take(size.bytes)) {
      ++stats_.fresh;
      return block;
    }
    if (!evict_one()) refuse(wanted);
  }
}

void* CardHeap::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  const std::lock_guard lock(mutex_);
  if (lost_) restart();
  if (bytes > kLargestBlock) refuse(bytes);
  const SizeClass size = class_of(bytes);
  class_bytes_[size.index] = size.bytes;
  std::vector<void*>& shelf = shelves_[size.index];
  void* block = nullptr;
  if (shelf.empty()) {
    block = fresh(size, bytes);
    // release() must not allocate: room for every block that exists
    shelf.reserve(shelf.capacity() + 1);
  } else {
    block = shelf.back();
    shelf.pop_back();
    stats_.cached -= size.bytes;
  }
  stats_.live += size.bytes;
  stats_.peak = std::max(stats_.peak, stats_.live);
  ++stats_.allocations;
  return block;
}

void CardHeap::release(void* block, std::size_t bytes) noexcept {
  if (block == nullptr) return;
  const std::lock_guard lock(mutex_);
  const SizeClass size = class_of(bytes);
  shelves_[size.index].push_back(block);
  stats_.live -= size.bytes;
  stats_.cached += size.bytes;
}

CardMemory CardHeap::stats() {
  const std::lock_guard lock(mutex_);
  return stats_;
}

void CardHeap::set_limit(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  stats_.limit = bytes;
  while (!lost_ && stats_.live + stats_.cached > bytes && evict_one()) {
  }
}

void CardHeap::trim() {
  const std::lock_guard lock(mutex_);
  if (lost_) return;
  while (evict_one()) {
  }
}

}  // namespace dact::cuda
