// From one picture's codes to another's.
#pragma once
#include "autograd/ops.hpp"

namespace dact::diffusion {

/// equation     (1 - s) a + s b, f32
/// a, b         one shape
Tensor interpolate_linear(const Tensor& a, const Tensor& b, double s);

/// Along the great circle, so that noise keeps its length: over all elements of a sample at once.
/// equation     (sin((1 - s) w) a + sin(s w) b) / sin(w),  w = arccos(<a, b> / (|a| |b|))
/// a, b         f32 [B, ...], one shape, none of a sample's elements absent
/// edge         where a and b point the same way or apart, or one is zero: interpolate_linear
/// order        inner products in f32 (NUMERICS.md 4), angles and weights in double, rounded once
/// source       Shoemake 1985; for x_T as Preechakul et al. 2022, section 5
Tensor interpolate_spherical(const Tensor& a, const Tensor& b, double s);

}  // namespace dact::diffusion
