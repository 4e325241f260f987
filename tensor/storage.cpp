#include <mutex>
#include <utility>

#include "tensor/error.hpp"
#include "tensor/memory.hpp"

namespace dact {

struct Storage::Derived {
  std::uint64_t version, key;
  std::shared_ptr<const void> value;
};

Storage::Storage(std::size_t bytes, Device device) : bytes_(bytes), device_(device) {
  if (device != Device::cpu)
    throw DeviceError("storage", "device must be cpu in this build (no CUDA in it), got cuda");
  data_.store(static_cast<std::byte*>(allocate_bytes(bytes)), std::memory_order_relaxed);
}

Storage::~Storage() { free_bytes(data_.load(std::memory_order_relaxed), bytes_); }

void Storage::fold(std::shared_ptr<const FoldedForm> form) {
  form_ = std::move(form);
  free_bytes(data_.exchange(nullptr), bytes_);
}

// One lock for all storages: unfolding is rare. Two readers may ask at once; the second finds the
// first one's block.
std::byte* Storage::unfold() const {
  static std::mutex unfolding;
  const std::lock_guard lock(unfolding);
  if (std::byte* const block = data_.load(std::memory_order_acquire)) return block;
  auto* const block = static_cast<std::byte*>(allocate_bytes(bytes_));
  form_->unfold(block);
  data_.store(block, std::memory_order_release);
  return block;
}

// One lock for all storages: it is held for a few instructions, once a call of an operator that
// packs. (std::atomic of a shared_ptr has a data race in GCC 12's library: its load unlocks without
// release.)
static std::mutex derived_lock;

std::shared_ptr<const void> Storage::cached(std::uint64_t key) const {
  std::shared_ptr<const Derived> stale;  // let go after the lock
  const std::lock_guard lock(derived_lock);
  if (derived_ == nullptr) return nullptr;
  if (derived_->version != version()) {
    stale = std::move(derived_);
    return nullptr;
  }
  return derived_->key == key ? derived_->value : nullptr;
}

void Storage::set_cached(std::uint64_t key, std::shared_ptr<const void> value) const {
  std::shared_ptr<const Derived> derived =
      std::make_shared<const Derived>(Derived{version(), key, std::move(value)});
  const std::lock_guard lock(derived_lock);
  derived_.swap(derived);
}

}  // namespace dact
