#include "binary_includes.inc"
#include "tensor/cuda/launch.cuh"
#include "tensor/cuda/units.hpp"
#include "tensor/dtype.hpp"
#include "tensor/ops/elementwise/elementwise.cuda.hpp"
#include "tensor/ops/elementwise/functor.hpp"
#include "tensor/ops/elementwise/updates.cuda.hpp"
#include "unary_includes.inc"

namespace dact::cuda {
namespace {

// ---- unary: tables by UnaryId

template <class Fn>
void unary(const char* name, std::int64_t n, const UnaryCall& c) {
  using K = UnaryKernel<Fn>;
  run(name, n, K{c.x, static_cast<typename K::Result*>(c.y), make_functor<Fn>(c.a, c.b), c.walk});
}
template <class Fn>
void unary_grad(const char* name, std::int64_t n, const UnaryGradCall& c) {
  if constexpr (requires(const Fn& fn) { fn.template df<float>(0.0f, 0.0f, 0.0f); })
    run(name, n, UnaryGradKernel<Fn>{c.g, c.x, c.y, c.dx, make_functor<Fn>(c.a, c.b), c.walk});
  else
    refuse_launch(name);
}

using Unary = void (*)(const char*, std::int64_t, const UnaryCall&);
constexpr Unary kUnary[] = {
#define DACT_ENTRY(op) &unary<op##_fn>,
#include "unary_list.inc"
#undef DACT_ENTRY
};
using UnaryGrad = void (*)(const char*, std::int64_t, const UnaryGradCall&);
constexpr UnaryGrad kUnaryGrad[] = {
#define DACT_ENTRY(op) &unary_grad<op##_fn>,
#include "unary_list.inc"
#undef DACT_ENTRY
};

// ---- binary: tables by BinaryId

template <class T, class Fn>
void binary_of(const char* name, std::int64_t n, const BinaryCall& c) {
  using K = BinaryKernel<T, Fn>;
  run(name, n,
      K{static_cast<const T*>(c.a), static_cast<const T*>(c.b),
        static_cast<typename K::Result*>(c.y), c.walk});
}
template <class Fn>
void binary(const char* name, std::int64_t n, const BinaryCall& c) {
  const DType dtype = static_cast<DType>(c.dtype);
  if constexpr ((Fn::types & kFloats) != 0)
    if (dtype == DType::f32) return binary_of<float, Fn>(name, n, c);
  if constexpr ((Fn::types & kIntegers) != 0) {
    if (dtype == DType::i64) return binary_of<std::int64_t, Fn>(name, n, c);
    if (dtype == DType::i32) return binary_of<std::int32_t, Fn>(name, n, c);
    if (dtype == DType::u8) return binary_of<std::uint8_t, Fn>(name, n, c);
  }
  if constexpr ((Fn::types & kBools) != 0)
    if (dtype == DType::bool_) return binary_of<bool, Fn>(name, n, c);
  refuse_launch(name);
}
template <class Fn>
void binary_grad(const char* name, std::int64_t n, const BinaryGradCall& c) {
  if constexpr (requires { Fn::template da<float>(0.0f, 0.0f, 0.0f); }) {
    if (c.side == 0) return run(name, n, BinaryGradKernel<Fn, 0>{c.g, c.a, c.b, c.d, c.walk});
    return run(name, n, BinaryGradKernel<Fn, 1>{c.g, c.a, c.b, c.d, c.walk});
  }
  refuse_launch(name);
}

using Binary = void (*)(const char*, std::int64_t, const BinaryCall&);
constexpr Binary kBinary[] = {
#define DACT_ENTRY(op) &binary<op##_fn>,
#include "binary_list.inc"
#undef DACT_ENTRY
};
using BinaryGrad = void (*)(const char*, std::int64_t, const BinaryGradCall&);
constexpr BinaryGrad kBinaryGrad[] = {
#define DACT_ENTRY(op) &binary_grad<op##_fn>,
#include "binary_list.inc"
#undef DACT_ENTRY
};

}  // namespace

void install_elementwise() {
  Launcher<UnaryCall>::run = [](const char* name, std::int64_t n, const UnaryCall& c) {
    kUnary[c.id](name, n, c);
  };
  Launcher<UnaryGradCall>::run = [](const char* name, std::int64_t n, const UnaryGradCall& c) {
    kUnaryGrad[c.id](name, n, c);
  };
  Launcher<BinaryCall>::run = [](const char* name, std::int64_t n, const BinaryCall& c) {
    kBinary[c.id](name, n, c);
  };
  Launcher<BinaryGradCall>::run = [](const char* name, std::int64_t n, const BinaryGradCall& c) {
    kBinaryGrad[c.id](name, n, c);
  };
  install<LerpKernel>();
  install<WhereKernel<std::uint8_t>>();
  install<WhereKernel<std::uint16_t>>();
  install<WhereKernel<std::uint32_t>>();
  install<WhereKernel<std::uint64_t>>();
  install<DivideKernel>();
  install<QuotientKernel>();
  install<SgdKernel>();
  install<AdamKernel>();
  install<EmaKernel>();
}

}  // namespace dact::cuda
