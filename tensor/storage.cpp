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
  data_ = static_cast<std::byte*>(allocate_bytes(bytes));
}

Storage::~Storage() { free_bytes(data_, bytes_); }

std::shared_ptr<const void> Storage::cached(std::uint64_t key) const {
  std::shared_ptr<const Derived> derived = derived_.load();
  if (derived == nullptr) return nullptr;
  if (derived->version == version() && derived->key == key) return derived->value;
  // Of no use to anybody any more; unless another thread has just put something newer there.
  if (derived->version != version()) derived_.compare_exchange_strong(derived, nullptr);
  return nullptr;
}

void Storage::set_cached(std::uint64_t key, std::shared_ptr<const void> value) const {
  derived_.store(std::make_shared<const Derived>(Derived{version(), key, std::move(value)}));
}

}  // namespace dact
