// The loops that all unary elementwise operators share. A room supplies a functor:
//   struct silu_fn {                                  // name = entry + _fn
//     double a, b;                                    // none, one or two scalars (attributes)
//     template <class T> T f(T x) const;              // the formula; float: math.hpp only, no branch. Or bool f(...)
//     template <class T> T df(T g, T x, T y) const;   // g * dy/dx, y = f(x); absent where there is no derivative
//   };
// `static constexpr int heavy` names passes that are mostly arithmetic (width.hpp).
// df reads x or y only if the room's OpDef saves it.
#pragma once
#include "tensor/op.hpp"

namespace dact {

enum class UnaryId {
#define DACT_ENTRY(op) op,
#include "unary_list.inc"
#undef DACT_ENTRY
};

inline constexpr Saves kSavesX = {.inputs = 1, .outputs = 0};
inline constexpr Saves kSavesY = {.inputs = 0, .outputs = 1};
inline constexpr Saves kSavesXAndY = {.inputs = 1, .outputs = 1};

/// y_i = f(x_i). x f32|f64, any strides; y keeps x's axis order in memory. DtypeError otherwise.
Tensor unary(UnaryId id, std::string_view name, const Tensor& x, double a = 0, double b = 0);
/// dx_i = df(g_i, x_i, y_i). Shapes equal; x or y may be undefined where df does not read it.
Tensor unary_grad(UnaryId id, const Tensor& g, const Tensor& x, const Tensor& y, double a = 0,
                  double b = 0);

/// vjp of a functor without scalars; OpDef::saves one of the three above.
template <UnaryId id>
Tensors unary_vjp(const VjpCtx& c) {
  return {unary_grad(id, c.grad[0], c.in[0], c.out[0])};
}

/// flops per element x count; one read and one write.
template <int flops>
Cost unary_cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs&) {
  const auto n = static_cast<double>(in[0].numel());
  return {flops * n, static_cast<double>(size_of(in[0].dtype()) + size_of(out[0].dtype())) * n};
}

/// Samples every unary operator wants: sizes from empty to past one vector, values over [low, high).
std::vector<Sample> unary_samples(double low, double high, const Attrs& attrs = {});
/// The same shapes for operators with a kink at 0 or at integers.
std::vector<Sample> unary_distinct_samples(const Attrs& attrs = {});
/// i64, u8 and bool input; an absent one.
std::vector<BadSample> unary_bad_samples(std::string name, const Attrs& attrs = {});

}  // namespace dact
