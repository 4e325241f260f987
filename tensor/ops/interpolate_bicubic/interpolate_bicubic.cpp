#include "tensor/ops/interpolate_bicubic/interpolate_bicubic.hpp"

#include "tensor/ops/image/images.hpp"
#include "tensor/ops/image/interpolation.hpp"
#include "tensor/ops/image/taps.hpp"

namespace dact {

namespace interpolate_bicubic_room {

Taps taps(std::int64_t n, std::int64_t m, bool align_corners) {
  return bicubic_taps(n, m, align_corners);
}

// y = R x C^T with the taps as matrices R [h, H], C [w, W]   =>   dx = R^T g C
Tensors vjp(const VjpCtx& c) {
  const Shape &x = c.in_shapes[0], &y = c.grad[0].shape();
  return {resample_gradient(c.grad[0], taps(x[2], y[2], c.attrs.flag("align_corners")),
                            taps(x[3], y[3], c.attrs.flag("align_corners")))};
}

}  // namespace interpolate_bicubic_room

Tensor interpolate_bicubic(const Tensor& x, Pair size, bool align_corners) {
  require_images("interpolate_bicubic", x);
  require_size("interpolate_bicubic", x, size);
  return resample(x, interpolate_bicubic_room::taps(x.size(2), size.h, align_corners),
                  interpolate_bicubic_room::taps(x.size(3), size.w, align_corners));
}

const OpDef interpolate_bicubic_op{
    .name = "interpolate_bicubic",
    .equation =
        "y[i, j] = sum_{r, s} u_ir v_js x[r, s], four taps a direction, a = -0.75 (bicubic_taps)",
    .group = OpGroup::image,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {interpolate_bicubic(in[0], pair_of("interpolate_bicubic", "size", a),
                                  a.flag("align_corners"))};
    },
    .vjp = interpolate_bicubic_room::vjp,
    .saves = Saves::none(),
    .samples = [] { return interpolation_samples(true); },
    .bad_samples = [] { return bad_interpolations("interpolate_bicubic", true); },
    .tolerance = {Tolerance::Unit::scaled, 4},
    .cost = image_cost<16>,
};

}  // namespace dact
