#pragma once
#include <span>

#include "tensor/op.hpp"

namespace dact {

/// Variance along axes.
/// equation     y = sum_i (x_i - mean)^2 / (n - correction)
/// x            f32|f64, any strides, more elements per result than `correction`
/// axes         empty = all; negative count from the end
/// correction   1: unbiased; 0: of the population
/// returns      x's shape without the axes (size 1 in their place if keep_axes)
/// throws       ShapeError(axis out of range or repeated, too few elements), DtypeError
/// gradient     yes, saves x                       order        NUMERICS.md 5
/// cost         5n flops, 1 read (2 per chunk of 1024)
Tensor var(const Tensor& x, std::span<const std::int64_t> axes, std::int64_t correction = 1,
           bool keep_axes = false);

/// Variance as above, and the mean that goes with it (merged chunk means, not sum / n).
struct VarMean {
  Tensor var, mean;
};
VarMean var_mean(const Tensor& x, std::span<const std::int64_t> axes, std::int64_t correction = 1,
                 bool keep_axes = false);
extern const OpDef var_op;
extern const OpDef var_mean_op;

}  // namespace dact
