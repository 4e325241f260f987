// Body shared by the f32 copies (unary.simd.cpp) and the f64 oracle (unary.cpu.cpp): a table of dense loops, one per
// functor and direction.
#pragma once
#include <cstdint>

#include "tensor/math.hpp"
#include "tensor/math_array.hpp"
#include "tensor/ops/elementwise/functor.hpp"
#include "tensor/ops/elementwise/width.hpp"
#include "unary_includes.inc"

namespace dact::DACT_ISA {
namespace {

// near_f, near_df: the same bits as f, df, faster, for |x| < math::kNear. Chosen by blocks.
template <class T, class Fn>
inline constexpr bool has_near = sizeof(T) == sizeof(float) && requires(const Fn& fn, T x) {
  fn.near_f(x);
};
template <class T, class Fn>
inline constexpr bool has_near_grad = sizeof(T) == sizeof(float) && requires(const Fn& fn, T x) {
  fn.near_df(x, x, x);
};

template <class Fn>
DACT_INLINE void near_loop(const Fn& fn, const float* x, float* y, std::int64_t n) {
  for (std::int64_t at = 0; at < n; at += math::kNearBlock) {
    const std::int64_t end = n - at < math::kNearBlock ? n : at + math::kNearBlock;
    if (math::all_near(x + at, end - at)) {
      for (std::int64_t i = at; i < end; ++i) y[i] = fn.near_f(x[i]);
    } else {
      for (std::int64_t i = at; i < end; ++i) y[i] = fn.template f<float>(x[i]);
    }
  }
}

template <class Fn>
DACT_INLINE void near_grad_loop(const Fn& fn, const float* g, const float* x, const float* y,
                                float* dx, std::int64_t n) {
  for (std::int64_t at = 0; at < n; at += math::kNearBlock) {
    const std::int64_t end = n - at < math::kNearBlock ? n : at + math::kNearBlock;
    if (math::all_near(x + at, end - at)) {
      for (std::int64_t i = at; i < end; ++i) dx[i] = fn.near_df(g[i], x[i], y[i]);
    } else {
      for (std::int64_t i = at; i < end; ++i) dx[i] = fn.template df<float>(g[i], x[i], y[i]);
    }
  }
}

template <class T, class Fn>
DACT_INLINE void unary_body(const T* x, void* out, std::int64_t n, double a, double b) {
  const Fn fn = make_functor<Fn>(a, b);
  using R = decltype(fn.template f<T>(*x));
  R* y = static_cast<R*>(out);
  if constexpr (has_near<T, Fn>) {
    near_loop(fn, x, y, n);
  } else {
    for (std::int64_t i = 0; i < n; ++i) y[i] = fn.template f<T>(x[i]);
  }
}
template <class T, class Fn>
void unary_loop(const T* x, void* y, std::int64_t n, double a, double b) {
  unary_body<T, Fn>(x, y, n, a, b);
}
template <class T, class Fn>
DACT_NARROW void unary_narrow_loop(const T* x, void* y, std::int64_t n, double a, double b) {
  unary_body<T, Fn>(x, y, n, a, b);
}

template <class T, class Fn>
DACT_INLINE void unary_grad_body(const T* g, const T* x, const T* y, T* dx, std::int64_t n,
                                 double a, double b) {
  const Fn fn = make_functor<Fn>(a, b);
  if constexpr (has_near_grad<T, Fn>) {
    near_grad_loop(fn, g, x, y, dx, n);
  } else {
    for (std::int64_t i = 0; i < n; ++i) dx[i] = fn.template df<T>(g[i], x[i], y[i]);
  }
}
template <class T, class Fn>
void unary_grad_loop(const T* g, const T* x, const T* y, T* dx, std::int64_t n, double a,
                     double b) {
  unary_grad_body<T, Fn>(g, x, y, dx, n, a, b);
}
template <class T, class Fn>
DACT_NARROW void unary_narrow_grad_loop(const T* g, const T* x, const T* y, T* dx, std::int64_t n,
                                        double a, double b) {
  unary_grad_body<T, Fn>(g, x, y, dx, n, a, b);
}

template <class T>
using UnaryLoop = void (*)(const T*, void*, std::int64_t, double, double);
template <class T>
using UnaryGradLoop = void (*)(const T*, const T*, const T*, T*, std::int64_t, double, double);

template <class T, class Fn>
constexpr UnaryLoop<T> unary_entry() {
  if constexpr (is_heavy<Fn>(kForward))
    return &unary_loop<T, Fn>;
  else
    return &unary_narrow_loop<T, Fn>;
}
// nullptr where the functor has no derivative.
template <class T, class Fn>
constexpr UnaryGradLoop<T> unary_grad_entry() {
  if constexpr (!requires(const Fn& fn) { fn.template df<T>(T(), T(), T()); })
    return nullptr;
  else if constexpr (is_heavy<Fn>(kBackward))
    return &unary_grad_loop<T, Fn>;
  else
    return &unary_narrow_grad_loop<T, Fn>;
}

template <class T>
struct UnaryTable {
  static constexpr UnaryLoop<T> forward[] = {
#define DACT_ENTRY(op) unary_entry<T, op##_fn>(),
#include "unary_list.inc"
#undef DACT_ENTRY
  };
  static constexpr UnaryGradLoop<T> backward[] = {
#define DACT_ENTRY(op) unary_grad_entry<T, op##_fn>(),
#include "unary_list.inc"
#undef DACT_ENTRY
  };
};

}  // namespace
}  // namespace dact::DACT_ISA
