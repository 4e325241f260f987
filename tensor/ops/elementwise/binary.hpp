// The loops that all broadcasting two-operand elementwise operators share. A room supplies a functor:
//   struct div_fn {
//     static constexpr int types = kFloats;                     // | kIntegers | kBools
//     template <class T> DACT_INLINE static T f(T a, T b);      // or bool f(...): the result is a bool tensor
//     template <class T> DACT_INLINE static T da(T g, T a, T b);  // g * df/da, and db; absent where the room's
//     template <class T> DACT_INLINE static T db(T g, T a, T b);  //   derivative is a plain function of tensors
//   };
// `static constexpr int heavy` names passes that are mostly arithmetic (width.hpp).
#pragma once
#include "tensor/op.hpp"

namespace dact {

enum class BinaryId {
#define DACT_ENTRY(op) op,
#include "binary_list.inc"
#undef DACT_ENTRY
};

/// y = f(a, b) under broadcasting. Same dtype and device (DtypeError, DeviceError), shapes that broadcast
/// (ShapeError). y keeps a's axis order in memory when a has the result's shape, else b's, else row-major.
Tensor binary(BinaryId id, std::string_view name, const Tensor& a, const Tensor& b);

/// g * df/da (side 0) or g * df/db (side 1) in one pass, of the broadcast shape.
Tensor binary_grad(BinaryId id, int side, const Tensor& g, const Tensor& a, const Tensor& b);

/// Sums g over the axes that broadcasting had repeated, so that it has `shape` again: the derivative of expand. g
/// itself when nothing was repeated.
Tensor reduce_to(const Tensor& g, const Shape& shape);

/// vjp of a functor with da and db; OpDef::saves must be Saves::all_inputs().
template <BinaryId id>
Tensors binary_vjp(const VjpCtx& c) {
  Tensors d(2);
  for (int side = 0; side < 2; ++side) {
    const auto i = static_cast<std::size_t>(side);
    if (!c.wanted[i]) continue;
    d[i] = reduce_to(binary_grad(id, side, c.grad[0], c.in[0], c.in[1]), c.in_shapes[i]);
  }
  return d;
}

template <int flops>
Cost binary_cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs&) {
  const auto n = static_cast<double>(out[0].numel());
  const auto bytes = 2 * size_of(in[0].dtype()) + size_of(out[0].dtype());
  return {flops * n, static_cast<double>(bytes) * n};
}

/// Shape and axis order of the result of broadcasting `operands`: those of the first operand that has the result's
/// shape and is dense, else row-major.
Tensor empty_result(const Shape& shape, std::initializer_list<const Tensor*> operands, DType dtype);

/// Equal shapes, scalars, broadcasting both ways, empty, one element; a over [low_a, high_a), b likewise.
std::vector<Sample> binary_samples(double low_a, double high_a, double low_b, double high_b);
/// Shapes, mixed dtypes, an absent operand, and bools where `types` has no kBools.
std::vector<BadSample> binary_bad_samples(std::string name, int types);

}  // namespace dact
