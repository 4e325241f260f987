#pragma once
#include <span>
#include <string_view>

#include "tensor/op.hpp"

namespace dact {

enum class PadMode { constant, reflect, replicate };

struct PadOptions {
  PadMode mode = PadMode::constant;
  double value = 0;  // constant mode: converted once to x's dtype
};

/// Enlarges axes at both ends.
/// equation     y[i] = x[m(i - before)], per axis of size n:
///              constant: value outside;  replicate: m(i) = min(max(i, 0), n - 1);
///              reflect: m(i) = n - 1 - |n - 1 - |i||, the border itself not repeated
/// x            any dtype, any strides
/// before, after  one size >= 0 per axis; reflect: below the axis's size; replicate: x's axis >= 1
/// returns      a fresh tensor, x's axis order
/// throws       ShapeError(counts, negative or too large sizes), UsageError(mode)
/// gradient     yes, saves nothing    order  reflect, replicate: NUMERICS.md 6, sources in
/// row-major
///                                           order of y
/// cost         1 read + 1 write
Tensor pad(const Tensor& x, std::span<const std::int64_t> before,
           std::span<const std::int64_t> after, PadOptions options = {});
std::string_view name_of(PadMode mode);
extern const OpDef pad_op;

}  // namespace dact
