#include "tensor/ops/interpolate_bicubic_aa/interpolate_bicubic_aa.hpp"

#include "tensor/ops/image/images.hpp"
#include "tensor/ops/image/interpolation.hpp"
#include "tensor/ops/image/taps.hpp"

namespace dact {

namespace interpolate_bicubic_aa_room {

Taps taps(std::int64_t n, std::int64_t m) { return antialias_taps(n, m, AntialiasFilter::cubic); }

// y = R x C^T with the taps as matrices R [h, H], C [w, W]   =>   dx = R^T g C
Tensors vjp(const VjpCtx& c) {
  const Shape &x = c.in_shapes[0], &y = c.grad[0].shape();
  return {resample_gradient(c.grad[0], taps(x[2], y[2]), taps(x[3], y[3]))};
}

}  // namespace interpolate_bicubic_aa_room

Tensor interpolate_bicubic_aa(const Tensor& x, Pair size) {
  require_images("interpolate_bicubic_aa", x);
  require_size("interpolate_bicubic_aa", x, size);
  return resample(x, interpolate_bicubic_aa_room::taps(x.size(2), size.h),
                  interpolate_bicubic_aa_room::taps(x.size(3), size.w));
}

const OpDef interpolate_bicubic_aa_op{
    .name = "interpolate_bicubic_aa",
    .equation = "y[i, j] = sum_{r, s} u_ir v_js x[r, s] (antialias_taps, cubic)",
    .group = OpGroup::image,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {interpolate_bicubic_aa(in[0], pair_of("interpolate_bicubic_aa", "size", a))};
    },
    .vjp = interpolate_bicubic_aa_room::vjp,
    .saves = Saves::none(),
    .samples = [] { return interpolation_samples(false); },
    .bad_samples = [] { return bad_interpolations("interpolate_bicubic_aa", false); },
    .tolerance = {Tolerance::Unit::scaled, 4},
    .cost = image_cost<16>,
};

}  // namespace dact
