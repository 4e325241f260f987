// Large blocks of memory, cut from one stretch of addresses.
#pragma once
#include <cstddef>
#include <vector>

#include "tensor/blocks.hpp"

namespace dact {

/// Blocks from the lowest place where they fit; freed neighbours join. So one large tensor follows many small ones into
/// the same pages, and a second identical run finds every block where the first one did. Sizes are multiples of
/// kGrain. Not thread-safe: the allocator locks.
class Region {
 public:
  static constexpr std::size_t kGrain = std::size_t{256} << 10;

  /// nullptr when the system has no more; otherwise a block in pages advised to be huge.
  void* take(std::size_t bytes);
  void give(void* block, std::size_t bytes) noexcept;
  /// How much memory the next take(bytes) would ask of the system, in whole huge pages.
  std::size_t fresh_bytes(std::size_t bytes) const;
  /// Backed by memory and not in use.
  std::size_t cached() const { return backed_ * kHugePage - used_bytes_; }
  /// Gives the pages of one free stretch back, the highest first; false when there is none with a whole huge page.
  bool trim() noexcept;

 private:
  struct Free {
    std::size_t offset, size;
  };
  struct Pages {
    std::size_t from, to;
  };
  bool reserve();
  bool grow(std::size_t bytes);
  std::size_t first_fit(std::size_t bytes) const;
  std::size_t set_backed(Pages pages, bool on);

  std::byte* base_ = nullptr;
  std::size_t reserved_ = 0;               // bytes of addresses
  std::size_t top_ = 0;                    // of them accessible, in use or free
  std::size_t used_ = 0, used_bytes_ = 0;  // blocks
  std::vector<Free> free_;                 // by offset, no two of them touching
  std::vector<bool> page_;                 // below top_: is this huge page backed by memory?
  std::size_t backed_ = 0;                 // how many are
};

}  // namespace dact
