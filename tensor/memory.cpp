// Blocks come in size classes. A freed small block waits on its class's shelf for the next request of that class; large
// ones go back to the region they were cut from. So a second identical run touches no fresh page.
#include "tensor/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <string_view>
#include <system_error>
#include <vector>

#include "tensor/blocks.hpp"
#include "tensor/error.hpp"
#include "tensor/region.hpp"
#include "tensor/system.hpp"

namespace dact {
namespace {

constexpr std::size_t kGuard = kBlockAlign;  // guard bytes on each side of a guarded body
constexpr int kGuardByte = 0xA5;             // as f32 -2.9e-16: nothing writes that by chance
constexpr int kNanByte = 0xFF;               // NaN in f32, f64, bf16 and f16

double mib(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

// "123", "64K", "512M", "4G". Anything else is the user's error.
std::size_t parse_limit(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  const std::size_t shift = suffix.empty()  ? 0
                            : suffix == "K" ? 10
                            : suffix == "M" ? 20
                            : suffix == "G" ? 30
                                            : 64;
  if (error != std::errc() || value == 0 || shift == 64 || value > SIZE_MAX >> shift)
    throw UsageError(
        "DACT_MEMORY_LIMIT",
        fmt::format("must be a positive number of bytes, or one with suffix K, M or G, got \"{}\"",
                    text));
  return value << shift;
}

std::size_t default_limit() {
  const char* text = std::getenv("DACT_MEMORY_LIMIT");
  if (text != nullptr && *text != '\0') return parse_limit(text);
  const std::size_t available = available_memory();
  return available / 10 * 9;
}

[[noreturn]] void refuse(std::size_t limit, std::size_t wanted, std::size_t live) {
  throw ResourceError(
      "allocate",
      fmt::format("memory must stay within the budget of {:.1f} MiB (DACT_MEMORY_LIMIT), got a "
                  "request of {:.1f} MiB with {:.1f} MiB in use",
                  mib(limit), mib(wanted), mib(live)));
}

bool intact(const void* body, std::size_t bytes) {
  const auto* p = static_cast<const unsigned char*>(body);
  const auto good = [](unsigned char byte) { return byte == kGuardByte; };
  return std::all_of(p - kGuard, p, good) && std::all_of(p + bytes, p + bytes + kGuard, good);
}

// All of the process's blocks. Every function locks.
class Heap {
 public:
  void* allocate(std::size_t bytes);
  void release(void* body, std::size_t bytes) noexcept;
  MemoryStats stats();
  void reset_peak();
  void set_limit(std::size_t bytes);
  void trim();
  void begin_guard();
  void end_guard();
  std::size_t damaged();

 private:
  struct Shelf {
    SizeClass size{};
    std::vector<void*> blocks;  // capacity for all that exist, so that release() never allocates
    std::size_t existing = 0;
    std::uint64_t used = 0;  // tick of the last request: the longest unused class is emptied first
  };
  struct Guarded {
    std::size_t bytes;
    std::uint64_t session;
  };
  std::size_t limit();
  void* fresh(const SizeClass& size, std::size_t wanted);
  void* from_shelf(const SizeClass& size, std::size_t wanted);
  void* from_region(const SizeClass& size, std::size_t wanted);
  std::size_t cached() const { return stats_.cached + region_.cached(); }
  void require_budget(const SizeClass& size, std::size_t wanted);
  bool evict_one() noexcept;
  void put_back(void* block, const SizeClass& size) noexcept;
  void* guard(void* block, std::size_t bytes, const SizeClass& size);

  std::mutex mutex_;
  std::array<Shelf, kSizeClasses> shelves_;
  Region region_;
  MemoryStats stats_;  // cached: on the shelves
  bool limit_known_ = false;
  std::uint64_t tick_ = 0;
  int guards_ = 0;             // living MemoryGuards
  std::uint64_t session_ = 0;  // from the first of them to the last
  std::size_t damaged_when_freed_ = 0;
  std::map<void*, Guarded> guarded_;
};

// Never destroyed: tensors in static variables may outlive everything else.
Heap& heap() {
  static Heap& the = *new Heap;
  return the;
}

std::size_t Heap::limit() {
  if (!limit_known_) stats_.limit = default_limit();
  limit_known_ = true;
  return stats_.limit;
}

// The region's pages first: they are what is large.
bool Heap::evict_one() noexcept {
  if (region_.trim()) return true;
  Shelf* oldest = nullptr;
  for (Shelf& shelf : shelves_)
    if (!shelf.blocks.empty() && (oldest == nullptr || shelf.used < oldest->used)) oldest = &shelf;
  if (oldest == nullptr) return false;
  system_free(oldest->blocks.back());
  oldest->blocks.pop_back();
  --oldest->existing;
  stats_.cached -= oldest->size.bytes;
  return true;
}

// No sum here or below can overflow: what exists is real memory, and a request is at most kLargestBlock.
void Heap::require_budget(const SizeClass& size, std::size_t wanted) {
  const std::size_t most = limit();
  if (size.bytes > most || stats_.live > most - size.bytes) refuse(most, wanted, stats_.live);
}

[[noreturn]] void refuse_for_system(std::size_t wanted, std::size_t live) {
  throw ResourceError("allocate", fmt::format("the system must have {:.1f} MiB, got \"{}\" "
                                              "with {:.1f} MiB in use",
                                              mib(wanted), std::strerror(ENOMEM), mib(live)));
}

void* Heap::fresh(const SizeClass& size, std::size_t wanted) {
  require_budget(size, wanted);
  Shelf& shelf = shelves_[size.index];
  shelf.size = size;
  if (shelf.blocks.capacity() <= shelf.existing) shelf.blocks.reserve(2 * shelf.existing + 4);
  while (stats_.live + cached() + size.bytes > limit() && evict_one()) {
  }
  void* block = system_allocate(size, wanted);
  while (block == nullptr && evict_one()) block = system_allocate(size, wanted);
  if (block == nullptr) refuse_for_system(wanted, stats_.live);
  ++shelf.existing;
  ++stats_.fresh;
  return block;
}

void* Heap::from_shelf(const SizeClass& size, std::size_t wanted) {
  Shelf& shelf = shelves_[size.index];
  shelf.used = ++tick_;
  if (shelf.blocks.empty()) return fresh(size, wanted);
  void* const block = shelf.blocks.back();
  shelf.blocks.pop_back();
  stats_.cached -= size.bytes;
  return block;
}

void* Heap::from_region(const SizeClass& size, std::size_t wanted) {
  require_budget(size, wanted);
  while (stats_.live + cached() + region_.fresh_bytes(size.bytes) > limit() && evict_one()) {
  }
  const bool fresh = region_.fresh_bytes(size.bytes) > 0;
  void* block = region_.take(size.bytes);
  while (block == nullptr && evict_one()) block = region_.take(size.bytes);
  if (block == nullptr) refuse_for_system(wanted, stats_.live);
  if (fresh) ++stats_.fresh;
  permit_block(block, size, wanted);
  return block;
}

void Heap::put_back(void* block, const SizeClass& size) noexcept {
  stats_.live -= size.bytes;
  if (is_large(size)) {
    forbid_block(block, size);
    region_.give(block, size.bytes);
    return;
  }
  Shelf& shelf = shelves_[size.index];
  if (returns_at_once(size)) {
    system_free(block);
    --shelf.existing;
    return;
  }
  shelf.blocks.push_back(block);
  stats_.cached += size.bytes;
}

void* Heap::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  const std::lock_guard lock(mutex_);
  if (bytes > kLargestBlock) refuse(limit(), bytes, stats_.live);
  const std::size_t wanted = guards_ > 0 ? bytes + 2 * kGuard : bytes;
  const SizeClass size = size_class_of(wanted);
  void* block = is_large(size) ? from_region(size, wanted) : from_shelf(size, wanted);
  stats_.live += size.bytes;
  if (guards_ > 0) block = guard(block, bytes, size);
  stats_.peak = std::max(stats_.peak, stats_.live);
  ++stats_.allocations;
  return block;
}

void Heap::release(void* body, std::size_t bytes) noexcept {
  if (body == nullptr) return;
  const std::lock_guard lock(mutex_);
  if (const auto found = guarded_.find(body); found != guarded_.end()) {
    const bool counts = guards_ > 0 && found->second.session == session_;
    if (counts && !intact(body, found->second.bytes)) ++damaged_when_freed_;
    guarded_.erase(found);
    put_back(static_cast<std::byte*>(body) - kGuard, size_class_of(bytes + 2 * kGuard));
  } else {
    put_back(body, size_class_of(bytes));
  }
}

// block: kGuard bytes of guard, the body, kGuard bytes of guard, the rest of its class unused
void* Heap::guard(void* block, std::size_t bytes, const SizeClass& size) {
  std::byte* body = static_cast<std::byte*>(block) + kGuard;
  try {
    guarded_.emplace(body, Guarded{bytes, session_});
  } catch (...) {
    put_back(block, size);
    throw;
  }
  std::memset(block, kGuardByte, kGuard);
  std::memset(body, kNanByte, bytes);
  std::memset(body + bytes, kGuardByte, kGuard);
  return body;
}

MemoryStats Heap::stats() {
  const std::lock_guard lock(mutex_);
  limit();
  MemoryStats all = stats_;
  all.cached = cached();
  return all;
}

void Heap::reset_peak() {
  const std::lock_guard lock(mutex_);
  stats_.peak = stats_.live;
}

void Heap::set_limit(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  stats_.limit = bytes;
  limit_known_ = true;
  while (stats_.live + cached() > bytes && evict_one()) {
  }
}

void Heap::trim() {
  const std::lock_guard lock(mutex_);
  while (evict_one()) {
  }
}

void Heap::begin_guard() {
  const std::lock_guard lock(mutex_);
  if (guards_++ > 0) return;
  ++session_;
  damaged_when_freed_ = 0;
}

void Heap::end_guard() {
  const std::lock_guard lock(mutex_);
  --guards_;
}

std::size_t Heap::damaged() {
  const std::lock_guard lock(mutex_);
  std::size_t count = damaged_when_freed_;
  for (const auto& [body, record] : guarded_)
    if (record.session == session_ && !intact(body, record.bytes)) ++count;
  return count;
}

}  // namespace

MemoryStats memory_stats() { return heap().stats(); }
void reset_memory_peak() { heap().reset_peak(); }
void set_memory_limit(std::size_t bytes) { heap().set_limit(bytes); }
void release_cached_memory() { heap().trim(); }

void* allocate_bytes(std::size_t bytes) {
  try {
    return heap().allocate(bytes);
  } catch (const std::bad_alloc&) {  // of the heap's own lists
    throw ResourceError("allocate", "the system must have room for a list, got none");
  }
}

void free_bytes(void* block, std::size_t bytes) noexcept { heap().release(block, bytes); }

MemoryGuard::MemoryGuard() { heap().begin_guard(); }
MemoryGuard::~MemoryGuard() { heap().end_guard(); }
std::size_t MemoryGuard::damaged() const { return heap().damaged(); }

}  // namespace dact
