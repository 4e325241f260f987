#include "tensor/ops/dropout/dropout.hpp"

#include "tensor/error.hpp"
#include "tensor/ops/norm/norm.device.hpp"
#include "tensor/parallel.hpp"

namespace dact {

Tensor dropout(const Tensor& x, double p, const RandomKey& key) {
  require_float("dropout", "x", x);
  if (!(p >= 0 && p < 1))
    throw UsageError("dropout", "p must lie in [0, 1), got " + std::to_string(p));
  if (on_device(x))
    return norm::dropout_on_device(x, static_cast<float>(p), static_cast<float>(1 / (1 - p)), key);
  const Tensor in = x.contiguous();
  const Tensor uniform = rand(x.shape(), key, /*per_sample=*/true);
  const float* u = uniform.data<float>();
  const auto limit = static_cast<float>(p);
  return dispatch_float("dropout", x, [&]<class T>() {
    Tensor out = empty(x.shape(), x.dtype());
    const T* src = in.data<T>();
    T* dst = out.mutate<T>();
    const T scale = static_cast<T>(static_cast<float>(1 / (1 - p)));
    parallel_ranges(in.numel(), 1 << 14, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) dst[i] = u[i] >= limit ? src[i] * scale : T(0);
    });
    return out;
  });
}

namespace dropout_room {

RandomKey key_of(const Attrs& a) {
  return {.seed = static_cast<std::uint64_t>(a.i64("seed")),
          .use = a.text("use"),
          .draw = static_cast<std::uint32_t>(a.i64("draw"))};
}

// y = m s x with a mask m that does not depend on x   =>   dx = m s g
Tensors vjp(const VjpCtx& c) { return {dropout(c.grad[0], c.attrs.f64("p"), key_of(c.attrs))}; }

Attrs attrs(double p, std::int64_t draw = 1) {
  return {{"p", p}, {"seed", 5}, {"use", "sample"}, {"draw", draw}};
}

std::vector<Sample> samples() {
  using S = InputSpec;
  return {{"[2, 3, 5]", {S::uniform({2, 3, 5})}, attrs(0.5)},
          {"p 0", {S::uniform({3, 7})}, attrs(0)},
          {"p 0.9", {S::uniform({4, 9})}, attrs(0.9)},
          {"one", {S::uniform({1})}, attrs(0.1)},
          {"scalar", {S::uniform({})}, attrs(0.1)},
          {"empty", {S::uniform({0, 3})}, attrs(0.1)},
          {"[2, 3, 4, 5]", {S::uniform({2, 3, 4, 5})}, attrs(0.1, 2)},
          {"large [3, 41, 333]", {S::uniform({3, 41, 333})}, attrs(0.1)}};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  return {
      {"p 1", {S::uniform({2})}, attrs(1), ErrorKind::usage, {"dropout", "[0, 1)", "1.0"}},
      {"negative p", {S::uniform({2})}, attrs(-0.5), ErrorKind::usage, {"dropout", "-0.5"}},
      {"integers", {S::integers({2}, 0, 5)}, attrs(0.5), ErrorKind::dtype, {"dropout", "i64[2]"}}};
}

Cost cost(std::span<const Tensor> in, std::span<const Tensor>, const Attrs&) {
  const auto n = static_cast<double>(in[0].numel());
  return {2 * n, 2.0 * static_cast<double>(size_of(in[0].dtype())) * n};
}

}  // namespace dropout_room

const OpDef dropout_op{
    .name = "dropout",
    .equation = "y = u >= p ? x / (1 - p) : 0",
    .group = OpGroup::random,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {dropout(in[0], a.f64("p"), dropout_room::key_of(a))};
    },
    .vjp = dropout_room::vjp,
    .saves = Saves::none(),
    .samples = dropout_room::samples,
    .bad_samples = dropout_room::bad_samples,
    .tolerance = {.bound = 0.5},
    .cost = dropout_room::cost,
    .not_applicable =
        {"batch: sample n draws with its own number, so it must keep its place in the batch"},
};

}  // namespace dact
