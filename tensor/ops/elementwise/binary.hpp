// The loops that all broadcasting two-operand elementwise operators share. A room supplies a functor:
//   struct add_fn {
//     static constexpr bool integers = true;  // also serves i64, i32, u8
//     template <class T> DACT_INLINE static T f(T a, T b);   // or bool f(...): then the result is a bool tensor
//   };
// and its derivative as a function of tensors.
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

/// Sums g over the axes that broadcasting had repeated, so that it has `shape` again: the derivative of expand.
Tensor reduce_to(const Tensor& g, const Shape& shape);

template <int flops>
Cost binary_cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs&) {
  const auto n = static_cast<double>(out[0].numel());
  return {flops * n, 3.0 * static_cast<double>(size_of(in[0].dtype())) * n};
}

/// Equal shapes, scalars, broadcasting both ways, empty, one element; a over [low_a, high_a), b likewise.
std::vector<Sample> binary_samples(double low_a, double high_a, double low_b, double high_b);
std::vector<BadSample> binary_bad_samples(std::string name);

}  // namespace dact
