#include "tensor/ops/norm_l1/norm_l1.hpp"

#include "tensor/ops/mul/mul.hpp"
#include "tensor/ops/reduce/axes.hpp"
#include "tensor/ops/reduce/samples.hpp"
#include "tensor/ops/sign/sign.hpp"
#include "tensor/ops/sum/sum.hpp"

namespace dact {

Tensor norm_l1(const Tensor& x, std::span<const std::int64_t> axes, bool keep_axes) {
  require_float("norm_l1", "x", x);
  return sum_reduced(plan_reduction("norm_l1", x, axes, keep_axes), SumMap::abs);
}

namespace norm_l1_room {

// y = sum |x|   =>   dx_i = g sign(x_i), sign(0) = 0
Tensors vjp(const VjpCtx& c) {
  const Shape kept = kept_shape("norm_l1", c.in_shapes[0], c.attrs.ints("axes"));
  return {mul(sign(c.in[0]), c.grad[0].reshaped(kept))};
}

}  // namespace norm_l1_room

const OpDef norm_l1_op{
    .name = "norm_l1",
    .equation = "y = sum_i |x_i|",
    .group = OpGroup::reduction,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {norm_l1(in[0], a.ints("axes"), a.flag("keep_axes"))};
    },
    .vjp = norm_l1_room::vjp,
    .samples = [] { return reduction_samples(&InputSpec::distinct, 0); },
    .bad_samples = [] { return reduction_bad_samples("norm_l1"); },
    .tolerance = {Tolerance::Unit::scaled, 4},
    .cost = reduction_cost<2>,
};

}  // namespace dact
