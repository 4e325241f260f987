#pragma once
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/types.hpp"

namespace dact {

/// l = max(x, 0) - x t + log(1 + exp(-|x|)): nothing overflows, and no digits cancel for large |x|.
/// l = softplus(x) - x t   =>   dl/dx = s(x) - t,  dl/dt = -x
struct bce_with_logits_fn {
  static constexpr int types = kFloats;
  template <class T>
  DACT_INLINE static T f(T x, T t) {
    const T product = x * t;
    return (math::relu(x) - product) + math::log1p(math::exp(-math::abs(x)));
  }
  template <class T>
  DACT_INLINE static T da(T g, T x, T t) {
    return g * (math::sigmoid(x) - t);
  }
  template <class T>
  DACT_INLINE static T db(T g, T x, T) {
    return -(g * x);
  }
};

}  // namespace dact
