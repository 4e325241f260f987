// How a unary functor gets its scalars.
#pragma once
#include "tensor/inline.hpp"

namespace dact {

/// A functor holds none, one or two scalars.
template <class Fn>
DACT_INLINE Fn make_functor([[maybe_unused]] double a, [[maybe_unused]] double b) {
  if constexpr (requires { Fn{a, b}; })
    return Fn{a, b};
  else if constexpr (requires { Fn{a}; })
    return Fn{a};
  else
    return Fn{};
}

}  // namespace dact
