#include "tensor/ops/norm_l2/norm_l2.hpp"

#include "tensor/ops/elementwise/elementwise.device.hpp"
#include "tensor/ops/mul/mul.hpp"
#include "tensor/ops/reduce/axes.hpp"
#include "tensor/ops/reduce/samples.hpp"
#include "tensor/ops/sqrt/sqrt.hpp"
#include "tensor/ops/sum/sum.hpp"

namespace dact {

Tensor norm_l2(const Tensor& x, std::span<const std::int64_t> axes, bool keep_axes) {
  require_float("norm_l2", "x", x);
  return sqrt(sum_reduced(plan_reduction("norm_l2", x, axes, keep_axes), SumMap::square));
}

namespace norm_l2_room {

// g / y, 0 where y = 0
Tensor quotient(const Tensor& g, const Tensor& y) {
  const Tensor a = g.contiguous(), b = y.contiguous();
  Tensor out = empty(y.shape(), y.dtype(), y.device());
  if (on_device(y)) return quotient_on_device(a, b, out);
  dispatch_float("norm_l2", y, [&]<class T>() {
    const T *pa = a.data<T>(), *pb = b.data<T>();
    T* q = out.mutate<T>();
    for (std::int64_t i = 0; i < out.numel(); ++i) q[i] = pb[i] == T(0) ? T(0) : pa[i] / pb[i];
  });
  return out;
}

// y = sqrt(s), s = sum x^2   =>   dx_i = g / (2 y) 2 x_i = x_i (g / y);   NUMERICS.md 8: norm(0): 0
Tensors vjp(const VjpCtx& c) {
  const Shape kept = kept_shape("norm_l2", c.in_shapes[0], c.attrs.ints("axes"));
  return {mul(c.in[0], quotient(c.grad[0], c.out[0]).reshaped(kept))};
}

}  // namespace norm_l2_room

const OpDef norm_l2_op{
    .name = "norm_l2",
    .equation = "y = sqrt(sum_i x_i x_i)",
    .group = OpGroup::reduction,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {norm_l2(in[0], a.ints("axes"), a.flag("keep_axes"))};
    },
    .vjp = norm_l2_room::vjp,
    .saves = Saves::all(),
    .samples = [] { return reduction_samples(&InputSpec::distinct, 0); },
    .bad_samples = [] { return reduction_bad_samples("norm_l2"); },
    .tolerance = {Tolerance::Unit::scaled, 4},
    .cost = reduction_cost<2>,
};

}  // namespace dact
