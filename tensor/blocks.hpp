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

/// From here on blocks are cut from the region (region.hpp).
inline bool is_large(const SizeClass& size) { return size.bytes >= kHugePage; }

/// A small block of the class, kBlockAlign-aligned, of which `wanted` <= size.bytes will be used. nullptr when the
/// system has none.
void* system_allocate(const SizeClass& size, std::size_t wanted);
void system_free(void* block) noexcept;

/// True where a freed small block goes back to the system at once: under AddressSanitizer, whose quarantine finds late
/// uses better than a shelf would.
bool returns_at_once(const SizeClass& size);
/// Under AddressSanitizer a large block that is free, and what lies behind `wanted` in one in use, may not be touched.
void forbid_block(void* block, const SizeClass& size);
void permit_block(void* block, const SizeClass& size, std::size_t wanted);

}  // namespace dact
