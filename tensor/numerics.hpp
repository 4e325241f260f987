// Which arithmetic operators use: strict (NUMERICS.md, the default) or a fast mode with a stated error bound.
#pragma once
#include <cstdint>
#include <string_view>

namespace dact {

enum class Numerics : std::uint8_t { strict, tf32, bf16 };
std::string_view name_of(Numerics mode);

/// Of this thread. The tape remembers the mode of each forward call and runs its derivative in the same one.
Numerics numerics();

class NumericsScope {
 public:
  explicit NumericsScope(Numerics mode);
  ~NumericsScope();
  NumericsScope(const NumericsScope&) = delete;
  NumericsScope& operator=(const NumericsScope&) = delete;

 private:
  Numerics before_;
};

}  // namespace dact
