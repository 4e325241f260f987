#pragma once
#include <limits>

#include "tensor/op.hpp"

namespace dact {

/// `end` of a slice that goes to the end of the axis.
inline constexpr std::int64_t kToEnd = std::numeric_limits<std::int64_t>::max();

/// Every step-th element of a range of one axis.
/// equation     y[.., k, ..] = x[.., begin + k step, ..],  begin + k step < end
/// x            any dtype, any strides
/// begin, end   0 <= begin <= end <= size; negative ones count from the end; end may be kToEnd
/// step         >= 1
/// returns      a view of x's storage
/// throws       ShapeError(axis, range or step)
/// gradient     yes, saves nothing: g in place, +0 elsewhere
Tensor slice(const Tensor& x, std::int64_t axis, std::int64_t begin, std::int64_t end = kToEnd,
             std::int64_t step = 1);
extern const OpDef slice_op;

}  // namespace dact
