// Kernels of the elementwise loops. The functors are the CPU's, so the arithmetic is the same source.
#pragma once
#include "tensor/cuda/kernel.hpp"
#include "tensor/cuda/walk.hpp"
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/types.hpp"

namespace dact::cuda {

// ---- calls: what a room asks for; the functor is chosen by number in elementwise.cu

struct UnaryCall {
  int id;
  const float* x;
  void* y;  // float, or bool
  double a, b;
  Walk<2> walk;  // y, x
};
struct UnaryGradCall {
  int id;
  const float *g, *x, *y;
  float* dx;
  double a, b;
  Walk<4> walk;  // dx, g, x, y
};
struct BinaryCall {
  int id, dtype;
  const void *a, *b;
  void* y;
  Walk<3> walk;  // y, a, b
};
struct BinaryGradCall {
  int id, side;
  const float *g, *a, *b;
  float* d;
  Walk<4> walk;  // d, g, a, b
};

// ---- kernels

template <class Fn>
struct UnaryKernel {
  using Result = decltype(Fn{}.template f<float>(0.0f));
  const float* x;
  Result* y;
  Fn fn;
  Walk<2> walk;
  DACT_INLINE void operator()(std::int64_t i) const {
    y[i] = fn.template f<float>(x[walk.at(1, i)]);
  }
};

template <class Fn>
struct UnaryGradKernel {
  const float *g, *x, *y;
  float* dx;
  Fn fn;
  Walk<4> walk;
  DACT_INLINE void operator()(std::int64_t i) const {
    dx[i] = fn.template df<float>(g[walk.at(1, i)], x[walk.at(2, i)], y[walk.at(3, i)]);
  }
};

template <class T, class Fn>
struct BinaryKernel {
  using Result = decltype(Fn::template f<T>(T(), T()));
  const T *a, *b;
  Result* y;
  Walk<3> walk;
  DACT_INLINE void operator()(std::int64_t i) const {
    y[i] = Fn::template f<T>(a[walk.at(1, i)], b[walk.at(2, i)]);
  }
};

template <class Fn, int side>
struct BinaryGradKernel {
  const float *g, *a, *b;
  float* d;
  Walk<4> walk;
  DACT_INLINE void operator()(std::int64_t i) const {
    const float gi = g[walk.at(1, i)], ai = a[walk.at(2, i)], bi = b[walk.at(3, i)];
    if constexpr (side == 0)
      d[i] = Fn::template da<float>(gi, ai, bi);
    else
      d[i] = Fn::template db<float>(gi, ai, bi);
  }
};

/// y = fma(t, b - a, a)
struct LerpKernel {
  const float *a, *b, *t;
  float* y;
  Walk<4> walk;
  DACT_INLINE void operator()(std::int64_t i) const {
    const float from = a[walk.at(1, i)];
    y[i] = math::fma(t[walk.at(3, i)], b[walk.at(2, i)] - from, from);
  }
};

template <class Bits>
struct WhereKernel {
  const bool* condition;
  const Bits *a, *b;
  Bits* y;
  Walk<4> walk;
  DACT_INLINE void operator()(std::int64_t i) const {
    y[i] = condition[walk.at(1, i)] ? a[walk.at(2, i)] : b[walk.at(3, i)];
  }
};

/// y[i] = y[i] / divisor
struct DivideKernel {
  float* y;
  float divisor;
  DACT_INLINE void operator()(std::int64_t i) const { y[i] = y[i] / divisor; }
};

/// q[i] = b[i] == 0 ? 0 : a[i] / b[i]
struct QuotientKernel {
  const float *a, *b;
  float* q;
  DACT_INLINE void operator()(std::int64_t i) const { q[i] = b[i] == 0.0f ? 0.0f : a[i] / b[i]; }
};

}  // namespace dact::cuda
