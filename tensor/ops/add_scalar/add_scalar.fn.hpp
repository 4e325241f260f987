#pragma once
#include "tensor/math.hpp"

namespace dact {

/// y = x + value
struct add_scalar_fn {
  double value;
  template <class T>
  DACT_INLINE T f(T x) const {
    return x + static_cast<T>(value);
  }
};

}  // namespace dact
