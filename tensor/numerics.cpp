#include "tensor/numerics.hpp"

namespace dact {
namespace {
thread_local Numerics current = Numerics::strict;
}

std::string_view name_of(Numerics mode) {
  constexpr std::string_view names[] = {"strict", "tf32", "bf16"};
  return names[static_cast<int>(mode)];
}

Numerics numerics() { return current; }
NumericsScope::NumericsScope(Numerics mode) : before_(current) { current = mode; }
NumericsScope::~NumericsScope() { current = before_; }

}  // namespace dact
