// Memory: the caching allocator, its budget, and Storage, the buffer that tensors share.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "tensor/dtype.hpp"

namespace dact {

/// What the allocator holds, in bytes. `live` is in use by tensors, `cached` waits for reuse, `peak` is the largest
/// `live` since reset_peak(). `fresh` counts blocks that had to come from the system.
struct MemoryStats {
  std::size_t live = 0, cached = 0, peak = 0, limit = 0;
  std::uint64_t allocations = 0, fresh = 0;
};

MemoryStats memory_stats();
void reset_memory_peak();
/// Budget in bytes for live + cached. Default: DACT_MEMORY_LIMIT (bytes, or with suffix K, M, G), else 90 % of the
/// memory available at start, cgroup included. Above it allocation throws ResourceError and everything stays usable.
void set_memory_limit(std::size_t bytes);
/// Gives cached blocks back to the system.
void release_cached_memory();

/// Raw blocks, 64-byte aligned; blocks of 2 MiB and more lie in huge pages where the system has them. Contents are
/// undefined (audit: poisoned, see MemoryGuard). Throws ResourceError. bytes == 0 gives nullptr.
void* allocate_bytes(std::size_t bytes);
void free_bytes(void* block, std::size_t bytes) noexcept;

/// While alive, every new block of this process gets guard bytes on both sides and a body filled with NaN bits.
/// `damaged()` tells how many blocks had a changed guard when they were freed or are damaged now.
class MemoryGuard {
 public:
  MemoryGuard();
  ~MemoryGuard();
  MemoryGuard(const MemoryGuard&) = delete;
  MemoryGuard& operator=(const MemoryGuard&) = delete;
  std::size_t damaged() const;
};

/// The contents of a storage in another form, from which every byte comes back (packed weights).
class FoldedForm {
 public:
  virtual ~FoldedForm() = default;
  virtual void unfold(std::byte* data) const = 0;
};

/// A buffer that tensors share. `version` counts writes through Tensor::mutate(); the tape and cached packed weights
/// compare it with what they saw.
class Storage {
 public:
  Storage(std::size_t bytes, Device device);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  std::byte* data() const {
    std::byte* const block = data_.load(std::memory_order_acquire);
    return block != nullptr || form_ == nullptr ? block : unfold();
  }
  std::size_t bytes() const { return bytes_; }
  Device device() const { return device_; }
  std::uint64_t version() const { return version_.load(std::memory_order_relaxed); }
  void bump_version() {
    version_.fetch_add(1, std::memory_order_relaxed);
    if (form_ != nullptr) form_ = nullptr;  // of what was there before
  }

  /// Gives the buffer back; from now on `form` holds its contents. The next data() allocates a buffer and unfolds into
  /// it (ResourceError), and both live until the next fold(). Not while another thread uses this storage.
  void fold(std::shared_ptr<const FoldedForm> form);
  bool folded() const {
    return form_ != nullptr && data_.load(std::memory_order_relaxed) == nullptr;
  }

  /// Something an operator derived from this buffer (packed weights), valid for one version and one key. The cache
  /// belongs to the operator that filled it; a changed version or another key empties it.
  std::shared_ptr<const void> cached(std::uint64_t key) const;
  void set_cached(std::uint64_t key, std::shared_ptr<const void> value) const;

 private:
  std::byte* unfold() const;
  mutable std::atomic<std::byte*> data_{nullptr};
  std::shared_ptr<const FoldedForm> form_;
  std::size_t bytes_ = 0;
  Device device_ = Device::cpu;
  std::atomic<std::uint64_t> version_{0};
  struct Derived;
  mutable std::shared_ptr<const Derived> derived_;
};

}  // namespace dact
