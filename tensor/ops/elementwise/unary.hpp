// The loops that all unary elementwise operators share. A room supplies a functor:
//   struct silu_fn {                            // name = operator + _fn
//     double a, b;                              // up to two scalars, converted once (may be absent: any constructor
//     silu_fn(double, double) ...               //   from two doubles)
//     template <class T> T f(T x) const;        // the formula; float: math.hpp only, branch-free
//     template <class T> T df(T g, T x, T y) const;  // g * dy/dx; y = f(x)
//   };
#pragma once
#include "tensor/op.hpp"

namespace dact {

enum class UnaryId {
#define DACT_ENTRY(op) op,
#include "unary_list.inc"
#undef DACT_ENTRY
};

/// y_i = f(x_i). x f32|f64, any strides; y keeps x's axis order in memory. DtypeError otherwise.
Tensor unary(UnaryId id, std::string_view name, const Tensor& x, double a = 0, double b = 0);
/// dx_i = df(g_i, x_i, y_i). Shapes equal.
Tensor unary_grad(UnaryId id, const Tensor& g, const Tensor& x, const Tensor& y, double a = 0, double b = 0);

/// vjp of a functor without scalars; OpDef::saves must be Saves::all().
template <UnaryId id>
Tensors unary_vjp(const VjpCtx& c) {
  return {unary_grad(id, c.grad[0], c.in[0], c.out[0])};
}

/// flops per element x count, 2 x 4 bytes moved.
template <int flops>
Cost unary_cost(std::span<const Tensor> in, std::span<const Tensor>, const Attrs&) {
  const auto n = static_cast<double>(in[0].numel());
  return {flops * n, 2.0 * static_cast<double>(size_of(in[0].dtype())) * n};
}

/// Samples every unary operator wants: sizes from empty to past one vector, values over [low, high).
std::vector<Sample> unary_samples(double low, double high, const Attrs& attrs = {});
/// Integer input.
std::vector<BadSample> unary_bad_samples(std::string name, const Attrs& attrs = {});

}  // namespace dact
