#include "tensor/blocks.hpp"

#include <sys/mman.h>

#include <bit>
#include <cstdint>
#include <cstdlib>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace dact {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kAsan = true;
void poison(void* p, std::size_t bytes) { ASAN_POISON_MEMORY_REGION(p, bytes); }
void unpoison(void* p, std::size_t bytes) { ASAN_UNPOISON_MEMORY_REGION(p, bytes); }
#else
constexpr bool kAsan = false;
void poison(void*, std::size_t) {}
void unpoison(void*, std::size_t) {}
#endif

// Maps 2 MiB too much and cuts both ends off, so that huge pages fit from the first byte.
void* map_aligned(std::size_t bytes) {
  void* map =
      mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) return nullptr;
  auto* begin = static_cast<std::byte*>(map);
  const std::size_t past = reinterpret_cast<std::uintptr_t>(begin) % kHugePage;
  const std::size_t head = past == 0 ? 0 : kHugePage - past;
  if (head > 0) munmap(begin, head);
  munmap(begin + head + bytes, kHugePage - head);
  madvise(begin + head, bytes, MADV_HUGEPAGE);  // only advice: where refused all works, slower
  return begin + head;
}

}  // namespace

SizeClass size_class_of(std::size_t bytes) {
  if (bytes <= 512) {
    const std::size_t lines = (bytes + kBlockAlign - 1) / kBlockAlign;
    return {lines - 1, lines * kBlockAlign};
  }
  const auto power = static_cast<std::size_t>(std::bit_width(bytes - 1)) - 1;
  const std::size_t base = std::size_t{1} << power, step = base / 8;  // base < bytes <= 2 base
  const std::size_t n = (bytes - base + step - 1) / step;             // 1 .. 8
  return {8 + (power - 9) * 8 + n - 1, base + n * step};
}

bool returns_at_once(const SizeClass& size) { return kAsan && size.bytes < kHugePage; }

void* system_allocate(const SizeClass& size, std::size_t wanted) {
  if (size.bytes >= kHugePage) return map_aligned(size.bytes);
  // Under AddressSanitizer exactly what is used, so that its red zone begins where the use ends.
  const std::size_t bytes = kAsan ? wanted : size.bytes;
  void* block = nullptr;
  return posix_memalign(&block, kBlockAlign, bytes) == 0 ? block : nullptr;
}

void system_free(void* block, const SizeClass& size) noexcept {
  if (size.bytes < kHugePage) return std::free(block);
  unpoison(block, size.bytes);  // the addresses may come back for anything
  munmap(block, size.bytes);
}

void forbid_block(void* block, const SizeClass& size) {
  if (size.bytes >= kHugePage) poison(block, size.bytes);
}

void permit_block(void* block, const SizeClass& size, std::size_t wanted) {
  if (size.bytes < kHugePage) return;
  unpoison(block, wanted);
  poison(static_cast<std::byte*>(block) + wanted, size.bytes - wanted);
}

}  // namespace dact
