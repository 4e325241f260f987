// What the caching allocator stands on: size classes and blocks of the system.
#pragma once
#include <cstddef>

namespace dact {

inline constexpr std::size_t kBlockAlign = 64;  // a cache line and the widest vector
inline constexpr std::size_t kHugePage = std::size_t{2} << 20;      // of x86-64 and arm64
inline constexpr std::size_t kLargestBlock = std::size_t{1} << 47;  // all of a process's addresses

/// Eight classes per power of two: a block is less than 1/8 larger than what was asked (up to 512 bytes: 63 bytes).
struct SizeClass {
  std::size_t index = 0, bytes = 0;
};
inline constexpr std::size_t kSizeClasses = 8 + (48 - 9) * 8;
/// 1 <= bytes <= kLargestBlock and a little.
SizeClass size_class_of(std::size_t bytes);

/// A block of the class, kBlockAlign-aligned, or from kHugePage on kHugePage-aligned and advised to huge pages; of which
/// `wanted` <= size.bytes will be used. nullptr when the system has none.
void* system_allocate(const SizeClass& size, std::size_t wanted);
void system_free(void* block, const SizeClass& size) noexcept;

/// True where a freed block goes back to the system at once: small ones under AddressSanitizer, whose quarantine finds
/// late uses better than a shelf would.
bool returns_at_once(const SizeClass& size);
/// Under AddressSanitizer a block on a shelf, and what lies behind `wanted` in a block in use, may not be touched.
void forbid_block(void* block, const SizeClass& size);
void permit_block(void* block, const SizeClass& size, std::size_t wanted);

}  // namespace dact
