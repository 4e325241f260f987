#pragma once
#include <initializer_list>
#include <span>

#include "autograd/catalogue.hpp"

namespace dact {

/// Joins tensors of one shape along a new axis.
/// equation     y[.., k, ..] = x_k[.., ..]: reshape with a new axis of size 1, then cat
/// xs           one or more of one shape and dtype (any)
/// axis         of the result: in [0, rank], negative ones count from its end
/// throws       UsageError(no tensor), ShapeError(axis, shapes), DtypeError
Var stack(std::span<const Var> xs, std::int64_t axis);
inline Var stack(std::initializer_list<Var> xs, std::int64_t axis) {
  return stack(std::span(xs.begin(), xs.size()), axis);
}
extern const CompositeDef stack_op;

}  // namespace dact
