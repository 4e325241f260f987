// Body shared by the f32 copies (unary.simd.cpp) and the f64 oracle (unary.cpu.cpp): a table of loops, one per functor.
#pragma once
#include <cstdint>

#include "tensor/inline.hpp"
#include "tensor/math.hpp"
#include "unary_includes.inc"

namespace dact::DACT_ISA {
namespace {

template <class T, class Fn>
void unary_loop(const T* x, T* y, std::int64_t n, double a, double b) {
  const Fn fn(a, b);
  for (std::int64_t i = 0; i < n; ++i) y[i] = fn.template f<T>(x[i]);
}

template <class T, class Fn>
void unary_grad_loop(const T* g, const T* x, const T* y, T* dx, std::int64_t n, double a, double b) {
  const Fn fn(a, b);
  for (std::int64_t i = 0; i < n; ++i) dx[i] = fn.template df<T>(g[i], x[i], y[i]);
}

template <class T>
struct UnaryTable {
  using Forward = void (*)(const T*, T*, std::int64_t, double, double);
  using Backward = void (*)(const T*, const T*, const T*, T*, std::int64_t, double, double);
  static constexpr Forward forward[] = {
#define DACT_ENTRY(op) &unary_loop<T, op##_fn>,
#include "unary_list.inc"
#undef DACT_ENTRY
  };
  static constexpr Backward backward[] = {
#define DACT_ENTRY(op) &unary_grad_loop<T, op##_fn>,
#include "unary_list.inc"
#undef DACT_ENTRY
  };
};

}  // namespace
}  // namespace dact::DACT_ISA
