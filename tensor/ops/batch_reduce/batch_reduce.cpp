#include "tensor/ops/batch_reduce/batch_reduce.hpp"

#include "tensor/ops/elementwise/elementwise.device.hpp"
#include "tensor/ops/reduce/reduce.device.hpp"
#include "tensor/ops/reduce/samples.hpp"
#include "tensor/ops/sum/sum.hpp"

namespace dact {

std::string_view name_of(LossReduction reduction) {
  constexpr std::string_view names[] = {"none", "mean", "sum"};
  return names[static_cast<int>(reduction)];
}

LossReduction loss_reduction(std::string_view where, const std::string& name) {
  for (const auto r : {LossReduction::none, LossReduction::mean, LossReduction::sum})
    if (name == name_of(r)) return r;
  throw UsageError(where, "reduction must be none, mean or sum, got " + name);
}

namespace batch_reduce_room {

// s_n of every sample; a vector's samples are its elements.
Tensor sample_sums(const Tensor& x) {
  if (x.rank() < 2) return x.reshaped({x.numel()}).contiguous();
  std::vector<std::int64_t> axes;
  for (int i = 1; i < x.rank(); ++i) axes.push_back(i);
  return sum(x, axes).contiguous();
}

}  // namespace batch_reduce_room

Tensor batch_reduce(const Tensor& x, LossReduction reduction) {
  require_float("batch_reduce", "x", x);
  if (reduction == LossReduction::none) return x;
  const std::int64_t n = x.numel();
  if (reduction == LossReduction::mean && n == 0)
    throw ShapeError("batch_reduce", "a mean needs at least one element, got " + x.str());
  const Tensor parts = batch_reduce_room::sample_sums(x);
  if (on_device(x))
    return add_up_on_device(parts, reduction == LossReduction::mean ? static_cast<double>(n) : 0);
  Tensor y = empty({}, x.dtype(), x.device());
  dispatch_float("batch_reduce", x, [&]<class T>() {
    const T* s = parts.data<T>();
    T total = T(0);
    for (std::int64_t i = 0; i < parts.numel(); ++i) total = total + s[i];
    *y.mutate<T>() = reduction == LossReduction::mean ? total / static_cast<T>(n) : total;
  });
  return y;
}

Tensor batch_reduce_grad(const Tensor& g, const Shape& shape, LossReduction reduction) {
  if (reduction == LossReduction::none) return g;
  if (reduction == LossReduction::sum) return g.expanded(shape);
  if (on_device(g)) {
    Tensor part = g.clone();
    divide_on_device(part, numel_of(shape));
    return part.expanded(shape);
  }
  Tensor share = empty({}, g.dtype(), g.device());
  dispatch_float("batch_reduce", g, [&]<class T>() {
    *share.mutate<T>() = *g.data<T>() / static_cast<T>(numel_of(shape));
  });
  return share.expanded(shape);
}

namespace batch_reduce_room {

LossReduction of(const Attrs& a) { return loss_reduction("batch_reduce", a.text("reduction")); }

// y = sum x (/ count)   =>   dx_i = g (/ count)
Tensors vjp(const VjpCtx& c) { return {batch_reduce_grad(c.grad[0], c.in_shapes[0], of(c.attrs))}; }

std::vector<Sample> samples() {
  std::vector<Sample> s;
  const auto add = [&](Shape shape, const char* reduction, std::string label = "") {
    s.push_back({label + reduction + " of " + shape.str(),
                 {InputSpec::uniform(shape, 0, 2)},
                 {{"reduction", reduction}}});
  };
  add({}, "mean");
  add({1}, "sum");
  add({7}, "mean");
  add({7}, "none");
  add({3, 5}, "sum");
  add({3, 5}, "mean");
  add({0, 3}, "sum");
  add({0}, "none");
  add({2, 3, 2, 4}, "mean");
  add({2, 1, 3, 1, 2}, "sum");
  add({3, 5, 1111}, "mean", "large ");
  add({2, 7, 33, 37}, "sum", "large ");
  return s;
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto with = [](const char* r) { return Attrs{{"reduction", r}}; };
  return {{"mean of nothing",
           {S::uniform({0, 3})},
           with("mean"),
           ErrorKind::shape,
           {"batch_reduce", "[0, 3]"}},
          {"reduction",
           {S::uniform({3})},
           with("median"),
           ErrorKind::usage,
           {"batch_reduce", "median"}},
          {"integer x",
           {S::integers({3}, 0, 2)},
           with("sum"),
           ErrorKind::dtype,
           {"batch_reduce", "i64[3]"}},
          {"no x", {S::absent()}, with("sum"), ErrorKind::usage, {"batch_reduce", "none"}}};
}

}  // namespace batch_reduce_room

const OpDef batch_reduce_op{
    .name = "batch_reduce",
    .equation = "none: y = x; sum: y = sum_n sum_i x[n, i]; mean: sum / count",
    .group = OpGroup::loss,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {batch_reduce(in[0], batch_reduce_room::of(a))};
    },
    .vjp = batch_reduce_room::vjp,
    .saves = Saves::none(),
    .mixes_batch = true,
    .samples = batch_reduce_room::samples,
    .bad_samples = batch_reduce_room::bad_samples,
    .tolerance = {Tolerance::Unit::scaled, 4},
    .cost = reduction_cost<1>,
};

}  // namespace dact
