#include "tensor/blocks.hpp"

#include <bit>
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

bool returns_at_once(const SizeClass& size) { return kAsan && !is_large(size); }

void* system_allocate(const SizeClass& size, std::size_t wanted) {
  // Under AddressSanitizer exactly what is used, so that its red zone begins where the use ends.
  const std::size_t bytes = kAsan ? wanted : size.bytes;
  void* block = nullptr;
  return posix_memalign(&block, kBlockAlign, bytes) == 0 ? block : nullptr;
}

void system_free(void* block) noexcept { std::free(block); }

void forbid_block(void* block, const SizeClass& size) { poison(block, size.bytes); }

void permit_block(void* block, const SizeClass& size, std::size_t wanted) {
  unpoison(block, wanted);
  poison(static_cast<std::byte*>(block) + wanted, size.bytes - wanted);
}

}  // namespace dact
