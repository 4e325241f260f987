#include <mutex>
#include <utility>

#include "tensor/device.hpp"
#include "tensor/error.hpp"
#include "tensor/memory.hpp"

namespace dact {

struct Storage::Derived {
  std::uint64_t version, key;
  std::shared_ptr<const void> value;
};

Storage::Storage(std::size_t bytes, Device device) : bytes_(bytes), device_(device) {
  data_ = static_cast<std::byte*>(
      device == Device::cpu ? allocate_bytes(bytes) : require_backend("storage").allocate(bytes));
}

Storage::~Storage() {
  if (device_ == Device::cpu)
    free_bytes(data_, bytes_);
  else if (const Backend* b = backend())
    b->release(data_, bytes_);
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
