#pragma once
#include <cstdint>

namespace dact {

/// Height and width; one number means both.
struct Pair {
  std::int64_t h, w;
  constexpr Pair(std::int64_t both) : h(both), w(both) {}  // NOLINT(google-explicit-constructor)
  constexpr Pair(std::int64_t height, std::int64_t width) : h(height), w(width) {}
  bool operator==(const Pair&) const = default;
};

}  // namespace dact
