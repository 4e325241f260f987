#include "tensor/ops/batch_norm/batch_norm.hpp"

#include "tensor/error.hpp"
#include "tensor/isa.hpp"
#include "tensor/math.hpp"
#include "tensor/ops/batch_norm/batch_norm.room.hpp"
#include "tensor/ops/norm/norm.device.hpp"
#include "tensor/ops/reduce/moments.hpp"
#include "tensor/ops/reduce/moments.kernels.hpp"

namespace dact {
namespace batch_norm_room {
namespace {

void check(const Tensor& x, std::span<const std::pair<const char*, const Tensor*>> operands,
           double eps) {
  require_float("batch_norm", "x", x);
  if (x.rank() < 2 || x.rank() > 5)
    throw ShapeError("batch_norm", "x must be [B, C, ...] of rank 2 to 5, got " + x.str());
  if (!(eps > 0)) throw UsageError("batch_norm", "eps must be > 0, got " + std::to_string(eps));
  for (const auto& [name, operand] : operands) {
    if (!operand->defined()) continue;
    require_same_kind("batch_norm", x, *operand);
    require_shape("batch_norm", name, *operand, {x.shape()[1]});
  }
}

template <class T>
std::vector<T> values_or(const Tensor& t, std::size_t n, T value) {
  return t.defined() ? t.to_vector<T>() : std::vector<T>(n, value);
}

// rstd, w, a and d from var.
template <class T>
void finish(Channels<T>& c, const Tensor& weight, const Tensor& bias, double eps) {
  const std::size_t n = c.var.size();
  c.w = values_or(weight, n, T(1));
  c.d = values_or(bias, n, T(0));
  for (std::size_t i = 0; i < n; ++i) {
    c.rstd.push_back(T(1) / math::sqrt(c.var[i] + static_cast<T>(eps)));
    c.a.push_back(weight.defined() ? c.rstd[i] * c.w[i] : c.rstd[i]);
  }
}

template <class T>
Tensor normalise(const Tensor& x, const norm::Pixels& in, const Channels<T>& c) {
  Tensor out = empty_strided(x.shape(), norm::channels_innermost(x.shape()), x.dtype());
  const T* px = in.x.data<T>();
  T* py = out.mutate<T>();
  const std::int64_t channels = in.channels;
  const bool stream = norm::is_streamed(out);
  parallel_ranges(in.batch * in.pixels, (1 << 14) / (channels + 1) + 1,
                  [&](std::int64_t begin, std::int64_t end) {
                    norm::forward(px + begin * channels, c.mean.data(), c.a.data(), c.d.data(),
                                  false, stream, py + begin * channels, end - begin, channels);
                  });
  return out;
}

}  // namespace

template <class T>
Channels<T> from_batch(const norm::Pixels& in, const Tensor& weight, const Tensor& bias,
                       double eps) {
  const std::int64_t c = in.channels, n = in.batch * in.pixels;
  Channels<T> out;
  out.mean.resize(static_cast<std::size_t>(c));
  out.var.resize(static_cast<std::size_t>(c));
  T *mean = out.mean.data(), *m2 = out.var.data();
  const T* x = in.x.data<T>();
  parallel_ranges(c, 64, [&](std::int64_t begin, std::int64_t end) {
    if constexpr (std::is_same_v<T, float>)
      DACT_PICK(moments_columns_f32)(x + begin, c, n, mean + begin, m2 + begin, end - begin);
    else
      moments_plain<T>(x + begin, 1, c, n, mean + begin, m2 + begin, end - begin);
  });
  for (T& v : out.var) v = v / static_cast<T>(n);
  finish(out, weight, bias, eps);
  return out;
}
template Channels<float> from_batch(const norm::Pixels&, const Tensor&, const Tensor&, double);
template Channels<double> from_batch(const norm::Pixels&, const Tensor&, const Tensor&, double);

template <class T>
Channels<T> from_running(const Tensor& mean, const Tensor& var, const Tensor& weight,
                         const Tensor& bias, double eps) {
  Channels<T> out;
  out.mean = mean.to_vector<T>();
  out.var = var.to_vector<T>();
  finish(out, weight, bias, eps);
  return out;
}
template Channels<float> from_running(const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                                      double);
template Channels<double> from_running(const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                                       double);

Cost cost(std::span<const Tensor> in, std::span<const Tensor>, const Attrs&) {
  const auto n = static_cast<double>(in[0].numel());
  return {10 * n, 3.0 * static_cast<double>(size_of(in[0].dtype())) * n};
}

}  // namespace batch_norm_room

BatchNormResult batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  const std::pair<const char*, const Tensor*> operands[] = {{"weight", &weight}, {"bias", &bias}};
  batch_norm_room::check(x, operands, eps);
  if (x.numel() == 0)
    throw ShapeError("batch_norm", "every channel must have a value, got " + x.str());
  if (on_device(x)) {
    const Tensors r = norm::batch_norm_on_device(x, weight, bias, eps);
    return {r[0], r[1], r[2]};
  }
  const norm::Pixels in = norm::as_pixels(x);
  return dispatch_float("batch_norm", x, [&]<class T>() -> BatchNormResult {
    const auto c = batch_norm_room::from_batch<T>(in, weight, bias, eps);
    const Shape channels{in.channels};
    return {batch_norm_room::normalise(x, in, c), from_vector(c.mean, channels),
            from_vector(c.var, channels)};
  });
}

Tensor batch_norm_eval(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& weight,
                       const Tensor& bias, double eps) {
  require_defined("batch_norm", "mean", mean);
  require_defined("batch_norm", "var", var);
  const std::pair<const char*, const Tensor*> operands[] = {
      {"mean", &mean}, {"var", &var}, {"weight", &weight}, {"bias", &bias}};
  batch_norm_room::check(x, operands, eps);
  if (on_device(x)) return norm::batch_norm_eval_on_device(x, mean, var, weight, bias, eps);
  const norm::Pixels in = norm::as_pixels(x);
  return dispatch_float("batch_norm", x, [&]<class T>() {
    return batch_norm_room::normalise(
        x, in, batch_norm_room::from_running<T>(mean, var, weight, bias, eps));
  });
}

const OpDef batch_norm_op{
    .name = "batch_norm",
    .equation = "y = (x - mean) w / sqrt(var + eps) + b, per channel over the batch",
    .group = OpGroup::norm,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      BatchNormResult r = batch_norm(in[0], in[1], in[2], a.f64("eps"));
      return {r.y, r.mean, r.var};
    },
    .vjp = batch_norm_room::vjp,
    .mixes_batch = true,
    .samples = batch_norm_room::samples,
    .bad_samples = batch_norm_room::bad_samples,
    .tolerance = {Tolerance::Unit::scaled, 8},
    .cost = batch_norm_room::cost,
};

const OpDef batch_norm_eval_op{
    .name = "batch_norm_eval",
    .equation = "y = (x - mean) w / sqrt(var + eps) + b with given mean and var",
    .group = OpGroup::norm,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {batch_norm_eval(in[0], in[1], in[2], in[3], in[4], a.f64("eps"))};
    },
    .vjp = batch_norm_room::vjp_eval,
    .samples = batch_norm_room::samples_eval,
    .bad_samples = batch_norm_room::bad_samples_eval,
    .tolerance = {Tolerance::Unit::scaled, 4},
    .cost = batch_norm_room::cost,
};

}  // namespace dact
