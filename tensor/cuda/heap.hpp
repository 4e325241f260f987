// The caching allocator of a card, over whatever gives it blocks: cudaMalloc, or the tests' stand-in.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <vector>

#include "tensor/blocks.hpp"
#include "tensor/cuda/card.hpp"

namespace dact::cuda {

struct BlockSource {
  void* (*take)(std::size_t bytes);  // nullptr: no room; what else fails is thrown
  void (*give_back)(void* block, std::size_t bytes) noexcept;
  std::size_t (*free)();  // bytes it could still give; 0: it does not know
  void (*restart)();  // after a fault that took all blocks; DeviceError where that does not help
};

/// Blocks by size class of the CPU's allocator, on shelves. All work is one queue, so a block may be reused at once:
/// what still reads it was queued before what will write it. Beyond the budget, or when the source has no room and the
/// shelves are empty: ResourceError that names the operator, its operands, what was wanted and what is free.
class CardHeap {
 public:
  explicit CardHeap(const BlockSource& source) : source_(source) {}
  void* allocate(std::size_t bytes);
  void release(void* block, std::size_t bytes) noexcept;
  CardMemory stats();
  /// Also gives blocks of the shelves back until the budget holds.
  void set_limit(std::size_t bytes);
  void trim();
  /// A fault took the card's memory, with all that lies on it. Until the last block is released allocate() is a
  /// DeviceError, as a new block might lie where an old tensor still points; then it restarts the source.
  void lose() noexcept { lost_ = true; }

 private:
  void restart();
  void* fresh(const SizeClass& size, std::size_t wanted);
  bool evict_one() noexcept;
  [[noreturn]] void refuse(std::size_t wanted);
  BlockSource source_;
  std::mutex mutex_;
  std::array<std::vector<void*>, kSizeClasses> shelves_;
  std::array<std::size_t, kSizeClasses> class_bytes_{};
  CardMemory stats_;
  std::atomic<bool> lost_ = false;  // lose() is called by calls of the source, too
};

}  // namespace dact::cuda
