// Directions of vectors: l2_normalize, cosine_similarity.
#pragma once
#include "autograd/catalogue.hpp"

namespace dact {

/// Vectors along one axis scaled to length 1.
/// equation     y = x / max(|x|, eps)
/// x            f32|f64, any strides
/// eps          > 0: what a shorter vector is divided by
/// returns      x's shape
/// throws       ShapeError(axis), DtypeError, UsageError(eps)
Var l2_normalize(const Var& x, std::int64_t axis, double eps = 1e-12);

/// Cosine of the angle between vectors along one axis.
/// equation     y = <a, b> / (max(|a|, eps) max(|b|, eps))
/// a, b         f32|f64 of one shape and dtype, any strides
/// returns      the shape without the axis
/// throws       ShapeError(axis, shapes), DtypeError, UsageError(eps)
Var cosine_similarity(const Var& a, const Var& b, std::int64_t axis, double eps = 1e-8);

extern const CompositeDef l2_normalize_op;
extern const CompositeDef cosine_similarity_op;

}  // namespace dact
