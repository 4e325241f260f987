// Training, per channel, u = x - mean, m values, S1 = sum g, S2 = sum g u:
//   dw = rstd S2,  db = S1,  dx = a g - rstd w S1 / m - u rstd^3 w S2 / m
// and through the statistics that are outputs too:  d mean / dx = 1 / m,  d var / dx = 2 u / m.
// Evaluation: dx = a g,  dw = rstd S2,  db = S1. Both save x and the weight.
#include "tensor/ops/batch_norm/batch_norm.room.hpp"
#include "tensor/ops/norm/norm.device.hpp"

namespace dact::batch_norm_room {
namespace {

template <class T>
Tensor data_gradient(const Shape& shape, const norm::Pixels& in, const Tensor& g,
                     const Channels<T>& c, const std::vector<T>& k1, const std::vector<T>& k2) {
  Tensor out = empty_strided(shape, norm::channels_innermost(shape), g.dtype());
  const T *pg = g.data<T>(), *px = in.x.data<T>();
  T* dx = out.mutate<T>();
  const std::int64_t channels = in.channels;
  parallel_ranges(in.batch * in.pixels, (1 << 14) / (channels + 1) + 1,
                  [&](std::int64_t begin, std::int64_t end) {
                    norm::backward(pg + begin * channels, px + begin * channels, c.mean.data(),
                                   c.a.data(), k1.data(), k2.data(), dx + begin * channels,
                                   end - begin, channels);
                  });
  return out;
}

template <class T>
Tensors vjp_as(const VjpCtx& ctx) {
  const norm::Pixels in = norm::as_pixels(ctx.in[0]);
  const Tensor g = norm::as_pixels(ctx.grad[0]).x;
  const Channels<T> c = from_batch<T>(in, ctx.in[1], {}, ctx.attrs.f64("eps"));
  const std::vector<T> g_mean = ctx.grad[1].to_vector<T>(), g_var = ctx.grad[2].to_vector<T>();
  const std::int64_t m = in.batch * in.pixels;
  const std::size_t n = c.mean.size();
  std::vector<T> s1(n), s2(n), k1(n), k2(n), dw(n);
  norm::sums_per_channel(g.data<T>(), in.x.data<T>(), c.mean.data(), 0, 1, m, in.channels,
                         s1.data(), s2.data());
  const T count = static_cast<T>(m);
  for (std::size_t i = 0; i < n; ++i) {
    dw[i] = c.rstd[i] * s2[i];
    k1[i] = (g_mean[i] - c.a[i] * s1[i]) / count;
    k2[i] = (T(2) * g_var[i] - c.a[i] * c.rstd[i] * c.rstd[i] * s2[i]) / count;
  }
  const Shape channels{in.channels};
  return {data_gradient(ctx.in_shapes[0], in, g, c, k1, k2), from_vector(dw, channels),
          from_vector(s1, channels)};
}

template <class T>
Tensors vjp_eval_as(const VjpCtx& ctx) {
  const norm::Pixels in = norm::as_pixels(ctx.in[0]);
  const Tensor g = norm::as_pixels(ctx.grad[0]).x;
  const Channels<T> c = from_running<T>(ctx.in[1], ctx.in[2], ctx.in[3], {}, ctx.attrs.f64("eps"));
  const std::size_t n = c.mean.size();
  std::vector<T> s1(n * static_cast<std::size_t>(in.batch)), s2(s1.size()), zero(n), dw(n), db(n);
  if (in.x.numel() > 0)
    norm::sums_per_channel(g.data<T>(), in.x.data<T>(), c.mean.data(), 0, in.batch, in.pixels,
                           in.channels, s1.data(), s2.data());
  for (std::size_t at = 0; at < s1.size(); ++at) {  // samples ascending
    dw[at % n] = dw[at % n] + s2[at];
    db[at % n] = db[at % n] + s1[at];
  }
  for (std::size_t i = 0; i < n; ++i) dw[i] = c.rstd[i] * dw[i];
  const Shape channels{in.channels};
  return {data_gradient(ctx.in_shapes[0], in, g, c, zero, zero),
          {},
          {},
          from_vector(dw, channels),
          from_vector(db, channels)};
}

}  // namespace

Tensors vjp(const VjpCtx& c) {
  if (on_device(c.in[0]))
    return norm::batch_norm_gradient_on_device(c.in[0], c.in[1], c.attrs.f64("eps"), c.grad);
  return dispatch_float("batch_norm", c.in[0], [&]<class T>() { return vjp_as<T>(c); });
}

Tensors vjp_eval(const VjpCtx& c) {
  if (on_device(c.in[0]))
    return norm::batch_norm_eval_gradient_on_device(c.in[0], c.in[1], c.in[2], c.in[3],
                                                    c.attrs.f64("eps"), c.grad[0]);
  return dispatch_float("batch_norm", c.in[0], [&]<class T>() { return vjp_eval_as<T>(c); });
}

}  // namespace dact::batch_norm_room
