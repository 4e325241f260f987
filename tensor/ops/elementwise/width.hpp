// Which passes of a functor are arithmetic and which wait for memory (DACT_NARROW of inline.hpp).
#pragma once

namespace dact {

/// A functor names the passes that are mostly arithmetic: `static constexpr int heavy = kForward | kBackward;`. Without
/// the member both passes are narrow.
inline constexpr int kForward = 1, kBackward = 2;

template <class Fn>
constexpr bool is_heavy(int pass) {
  if constexpr (requires { Fn::heavy; })
    return (Fn::heavy & pass) != 0;
  else
    return false;
}

}  // namespace dact
