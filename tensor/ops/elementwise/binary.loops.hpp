#pragma once
#include <cstdint>

#include "tensor/inline.hpp"
#include "tensor/math.hpp"
#include "binary_includes.inc"

namespace dact::DACT_ISA {
namespace {

template <class T, class Fn>
void binary_loop(const T* a, std::int64_t sa, const T* b, std::int64_t sb, void* out, std::int64_t n) {
  using R = decltype(Fn::template f<T>(*a, *b));
  R* y = static_cast<R*>(out);
  if (sa == 1 && sb == 1) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = Fn::template f<T>(a[i], b[i]);
  } else if (sa == 1 && sb == 0) {
    const T v = *b;
    for (std::int64_t i = 0; i < n; ++i) y[i] = Fn::template f<T>(a[i], v);
  } else if (sa == 0 && sb == 1) {
    const T v = *a;
    for (std::int64_t i = 0; i < n; ++i) y[i] = Fn::template f<T>(v, b[i]);
  } else {
    for (std::int64_t i = 0; i < n; ++i) y[i] = Fn::template f<T>(a[i * sa], b[i * sb]);
  }
}

template <class T>
using BinaryLoop = void (*)(const T*, std::int64_t, const T*, std::int64_t, void*, std::int64_t);

// nullptr where the functor is for floats only.
template <class T, class Fn, bool floating>
constexpr BinaryLoop<T> binary_entry() {
  if constexpr (floating || Fn::integers) return &binary_loop<T, Fn>;
  else return nullptr;
}

template <class T, bool floating>
struct BinaryTable {
  static constexpr BinaryLoop<T> loop[] = {
#define DACT_ENTRY(op) binary_entry<T, op##_fn, floating>(),
#include "binary_list.inc"
#undef DACT_ENTRY
  };
};

}  // namespace
}  // namespace dact::DACT_ISA
