#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Another element type.
/// equation     y = x rounded to dtype
/// x            any dtype, any shape, any strides
/// returns      same shape, axis order; x itself when it has the dtype already
/// edge         to f32, bf16, f16: nearest even; float to integer: truncates, saturates, NaN -> 0; integer to
///              integer wraps; to bool: x != 0, so NaN -> true; bool to number: 0 or 1 (NUMERICS.md 8)
/// throws       UsageError(attribute dtype is no dtype's name)
/// gradient     yes between f32 and f64 (the gradient cast back), saves nothing; none for other results
/// cost         0 flops, 1 read + 1 write
Tensor cast(const Tensor& x, DType dtype);
extern const OpDef cast_op;

/// The dtype called `name`: f32, f64, bf16, f16, i64, i32, u8, bool. UsageError that lists them otherwise.
DType dtype_named(std::string_view where, std::string_view name);

}  // namespace dact
