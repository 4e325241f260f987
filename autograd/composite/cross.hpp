#pragma once
#include "autograd/catalogue.hpp"

namespace dact {

/// Cross product of 3-vectors.
/// equation     y = (a1 b2 - a2 b1, a2 b0 - a0 b2, a0 b1 - a1 b0); products rounded, then subtracted
/// a, b         f32|f64, shapes equal or broadcasting, size 3 on `axis`
/// throws       ShapeError(axis, not 3, not broadcastable), DtypeError
Var cross(const Var& a, const Var& b, std::int64_t axis = -1);
extern const CompositeDef cross_op;

}  // namespace dact
