// Body shared by the f32 copies (binary.simd.cpp) and the other types (binary.cpu.cpp): tables of dense loops, one per
// functor and, where it has them, one per derivative.
#pragma once
#include <cstdint>

#include "binary_includes.inc"
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/types.hpp"
#include "tensor/ops/elementwise/width.hpp"

namespace dact::DACT_ISA {
namespace {

template <class T>
using BinaryLoop = void (*)(const T*, const T*, void*, std::int64_t);
template <class T>
using BinaryGradLoop = void (*)(const T*, const T*, const T*, T*, std::int64_t);

template <class T, class Fn>
DACT_INLINE void binary_body(const T* a, const T* b, void* out, std::int64_t n) {
  using R = decltype(Fn::template f<T>(*a, *b));
  R* y = static_cast<R*>(out);
  for (std::int64_t i = 0; i < n; ++i) y[i] = Fn::template f<T>(a[i], b[i]);
}
template <class T, class Fn>
void binary_loop(const T* a, const T* b, void* y, std::int64_t n) {
  binary_body<T, Fn>(a, b, y, n);
}
template <class T, class Fn>
DACT_NARROW void binary_narrow_loop(const T* a, const T* b, void* y, std::int64_t n) {
  binary_body<T, Fn>(a, b, y, n);
}

template <class T, class Fn, int side>
DACT_INLINE void binary_grad_body(const T* g, const T* a, const T* b, T* d, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i)
    d[i] = side ? Fn::template db<T>(g[i], a[i], b[i]) : Fn::template da<T>(g[i], a[i], b[i]);
}
template <class T, class Fn, int side>
void binary_grad_loop(const T* g, const T* a, const T* b, T* d, std::int64_t n) {
  binary_grad_body<T, Fn, side>(g, a, b, d, n);
}
template <class T, class Fn, int side>
DACT_NARROW void binary_narrow_grad_loop(const T* g, const T* a, const T* b, T* d, std::int64_t n) {
  binary_grad_body<T, Fn, side>(g, a, b, d, n);
}

// nullptr where the functor does not serve T, or has no derivative of its own.
template <class T, class Fn>
constexpr BinaryLoop<T> binary_entry() {
  if constexpr ((Fn::types & type_group<T>) == 0)
    return nullptr;
  else if constexpr (is_heavy<Fn>(kForward))
    return &binary_loop<T, Fn>;
  else
    return &binary_narrow_loop<T, Fn>;
}
template <class T, class Fn, int side>
constexpr BinaryGradLoop<T> binary_grad_entry() {
  if constexpr (!requires { Fn::template da<T>(T(), T(), T()); })
    return nullptr;
  else if constexpr (is_heavy<Fn>(kBackward))
    return &binary_grad_loop<T, Fn, side>;
  else
    return &binary_narrow_grad_loop<T, Fn, side>;
}

template <class T>
struct BinaryTable {
  static constexpr BinaryLoop<T> loop[] = {
#define DACT_ENTRY(op) binary_entry<T, op##_fn>(),
#include "binary_list.inc"
#undef DACT_ENTRY
  };
};
template <class T>
struct BinaryGradTable {
  static constexpr BinaryGradLoop<T> da[] = {
#define DACT_ENTRY(op) binary_grad_entry<T, op##_fn, 0>(),
#include "binary_list.inc"
#undef DACT_ENTRY
  };
  static constexpr BinaryGradLoop<T> db[] = {
#define DACT_ENTRY(op) binary_grad_entry<T, op##_fn, 1>(),
#include "binary_list.inc"
#undef DACT_ENTRY
  };
};

}  // namespace
}  // namespace dact::DACT_ISA
