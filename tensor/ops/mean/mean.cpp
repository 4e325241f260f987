#include "tensor/ops/mean/mean.hpp"

#include "tensor/ops/elementwise/elementwise.device.hpp"
#include "tensor/ops/reduce/axes.hpp"
#include "tensor/ops/reduce/samples.hpp"
#include "tensor/ops/sum/sum.hpp"

namespace dact {
namespace mean_room {

// Divides a tensor that nobody else holds yet.
void divide(Tensor& fresh, std::int64_t n) {
  if (on_device(fresh)) return divide_on_device(fresh, n);
  dispatch_float("mean", fresh, [&]<class T>() {
    T* y = fresh.mutate<T>();
    const T count = static_cast<T>(n);
    for (std::int64_t i = 0; i < fresh.numel(); ++i) y[i] = y[i] / count;
  });
}

}  // namespace mean_room

Tensor mean(const Tensor& x, std::span<const std::int64_t> axes, bool keep_axes) {
  require_float("mean", "x", x);
  const Reduction r = plan_reduction("mean", x, axes, keep_axes);
  if (r.n == 0)
    throw ShapeError("mean", "there must be at least one element per result, got " + x.str());
  Tensor out = sum_reduced(r, SumMap::value);
  mean_room::divide(out, r.n);
  return out;
}

namespace mean_room {

// y = (sum x) / n   =>   dx_i = g / n, repeated along the axes (a view, stride 0)
Tensors vjp(const VjpCtx& c) {
  const Shape& shape = c.in_shapes[0];
  const Shape kept = kept_shape("mean", shape, c.attrs.ints("axes"));
  Tensor share = c.grad[0].contiguous();
  if (share.storage() == c.grad[0].storage()) share = share.clone();
  const std::int64_t results = numel_of(kept);
  divide(share, results ? numel_of(shape) / results : 1);
  return {share.reshaped(kept).expanded(shape)};
}

std::vector<BadSample> bad_samples() {
  std::vector<BadSample> bad = reduction_bad_samples("mean");
  bad.push_back({"empty",
                 {InputSpec::uniform({3, 0})},
                 {{"axes", std::vector<std::int64_t>{1}}, {"keep_axes", false}},
                 ErrorKind::shape,
                 {"mean", "[3, 0]"}});
  return bad;
}

}  // namespace mean_room

const OpDef mean_op{
    .name = "mean",
    .equation = "y = (sum_i x_i) / n",
    .group = OpGroup::reduction,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {mean(in[0], a.ints("axes"), a.flag("keep_axes"))};
    },
    .vjp = mean_room::vjp,
    .saves = Saves::none(),
    .samples = [] { return reduction_samples(reduction_uniform, 1); },
    .bad_samples = mean_room::bad_samples,
    .tolerance = {Tolerance::Unit::scaled, 6},
    .cost = reduction_cost<1>,
};

}  // namespace dact
