// v = u A + D with u = x - mean, A = rstd p, p = w (1 + s_t) (1 + s_z), D = (b (1 + s_t) + shift) (1 + s_z); y = silu(v) or v.
// With gv = dL/dv, per (n, c):  S1 = sum gv,  S2 = sum gv u   (over pixels)      =>   dL/dA = S2,  dL/dD = S1
// Parameters by the chain rule:
//   dw  = sum_n S2 rstd (1 + s_t)(1 + s_z)      db = sum_n S1 (1 + s_t)(1 + s_z)      dshift = S1 (1 + s_z)
//   ds_t = S2 rstd w (1 + s_z) + S1 b (1 + s_z)       ds_z = S2 rstd w (1 + s_t) + S1 (b (1 + s_t) + shift)
// x through u, mean and rstd, with m elements in the group, G1 = sum_c p S1, G2 = sum_c p S2 over its channels:
//   dx = A gv - rstd G1 / m - u rstd^3 G2 / m  =  fma(A, gv, fma(u, k2, k1)),  k1 = -rstd G1 / m, k2 = -rstd^3 G2 / m
// Saves the inputs alone: the statistics cost one read of x to compute again, the normalised x would cost its memory.
#include "tensor/ops/group_norm/group_norm.impl.hpp"

namespace dact::group_norm_room {
namespace {

template <class T>
T one_plus(const Operand<T>& o, std::int64_t n, std::int64_t c) {
  return o ? T(1) + o.at(n, c) : T(1);
}

// Gradients of the operands from S1 and S2, samples ascending.
template <class T>
void operand_grads(const norm::Pixels& in, const Folded<T>& f, const Operands<T>& o,
                   const std::vector<T>& s1, const std::vector<T>& s2, Tensors& out) {
  const std::int64_t batch = in.batch, c = in.channels;
  const DType dtype = in.x.dtype();
  for (int i = 1; i <= 2; ++i) out[static_cast<std::size_t>(i)] = zeros({c}, dtype);
  for (int i = 3; i <= 5; ++i) out[static_cast<std::size_t>(i)] = empty({batch, c}, dtype);
  T *dw = out[1].mutate<T>(), *db = out[2].mutate<T>(), *dst = out[3].mutate<T>(),
    *dshift = out[4].mutate<T>(), *dsz = out[5].mutate<T>();
  for (std::int64_t n = 0; n < batch; ++n)
    for (std::int64_t i = 0; i < c; ++i) {
      const auto at = static_cast<std::size_t>(n * c + i);
      const T t = one_plus(o.st, n, i), z = one_plus(o.sz, n, i);
      const T w = o.w ? o.w.at(n, i) : T(1), b = o.b ? o.b.at(n, i) : T(0);
      const T shift = o.shift ? o.shift.at(n, i) : T(0);
      const T by_p = s2[at] * f.rstd[at];  // dL/dp
      dw[i] = dw[i] + by_p * t * z;
      db[i] = db[i] + s1[at] * t * z;
      dst[at] = by_p * w * z + s1[at] * b * z;
      dshift[at] = s1[at] * z;
      dsz[at] = by_p * w * t + s1[at] * (b * t + shift);
    }
}

// k1 and k2 per (n, c) of the formula for dx.
template <class T>
void group_terms(const norm::Pixels& in, std::int64_t groups, const Folded<T>& f,
                 const Operands<T>& o, const std::vector<T>& s1, const std::vector<T>& s2,
                 std::vector<T>& k1, std::vector<T>& k2) {
  const std::int64_t c = in.channels, each = c / groups;
  const T m = static_cast<T>(each * in.pixels);
  for (std::int64_t first = 0; first < in.batch * c; first += each) {
    T g1 = 0, g2 = 0;
    for (std::int64_t at = first; at < first + each; ++at) {
      const std::int64_t n = at / c, i = at % c;
      const T p = (o.w ? o.w.at(n, i) : T(1)) * one_plus(o.st, n, i) * one_plus(o.sz, n, i);
      g1 = g1 + p * s1[static_cast<std::size_t>(at)];
      g2 = g2 + p * s2[static_cast<std::size_t>(at)];
    }
    const T rstd = f.rstd[static_cast<std::size_t>(first)];
    for (std::int64_t at = first; at < first + each; ++at) {
      k1[static_cast<std::size_t>(at)] = -(rstd * g1 / m);
      k2[static_cast<std::size_t>(at)] = -(rstd * rstd * rstd * g2 / m);
    }
  }
}

template <class T>
Tensors vjp_as(const VjpCtx& ctx, const GroupNormOperands& operands, std::int64_t groups,
               double eps, bool silu) {
  const Tensor& x = ctx.in[0];
  const norm::Pixels in = norm::as_pixels(x);
  const std::int64_t c = in.channels;
  const Tensor g = norm::as_pixels(ctx.grad[0]).x;
  const Folded<T> f = fold<T>(in, groups, operands, eps);
  const Operands<T> o(operands);
  const T *px = in.x.data<T>(), *mean = f.mean.data(), *a = f.a.data(), *d = f.d.data();
  Tensor gv = g;
  if (silu) {
    gv = empty_like(in.x);
    T* out = gv.mutate<T>();
    const T* up = g.data<T>();
    for_pixel_bands(in, [&](std::int64_t n, std::int64_t from, std::int64_t count) {
      const std::int64_t at = (n * in.pixels + from) * c;
      norm::upstream(up + at, px + at, mean + n * c, a + n * c, d + n * c, out + at, count, c);
    });
  }
  const auto size = static_cast<std::size_t>(in.batch * c);
  std::vector<T> s1(size), s2(size), k1(size), k2(size);
  norm::sums_per_channel(gv.data<T>(), px, f.mean.data(), c, in.batch, in.pixels, c, s1.data(),
                         s2.data());
  Tensors out(6);
  operand_grads(in, f, o, s1, s2, out);
  if (ctx.wanted[0]) {
    group_terms(in, groups, f, o, s1, s2, k1, k2);
    out[0] = empty_strided(x.shape(), norm::channels_innermost(x.shape()), x.dtype());
    T* dx = out[0].mutate<T>();
    const T* pg = gv.data<T>();
    for_pixel_bands(in, [&](std::int64_t n, std::int64_t from, std::int64_t count) {
      const std::int64_t at = (n * in.pixels + from) * c;
      norm::backward(pg + at, px + at, mean + n * c, a + n * c, k1.data() + n * c,
                     k2.data() + n * c, dx + at, count, c);
    });
  }
  out.resize(ctx.in.size());
  return out;
}

}  // namespace

Tensors vjp(const VjpCtx& ctx) {
  const GroupNormOperands operands = operands_of(ctx.in);
  const bool silu = ctx.attrs.has("silu") && ctx.attrs.flag("silu");
  if (ctx.in[0].numel() == 0) {
    Tensors out;
    for (const Tensor& t : ctx.in) out.push_back(t.defined() ? zeros_like(t) : Tensor());
    return out;
  }
  if (on_device(ctx.in[0])) {
    Tensors out = norm::group_norm_gradient_on_device(
        ctx.in[0], ctx.grad[0], ctx.attrs.i64("groups"), device_operands(operands),
        ctx.attrs.f64("eps"), silu, ctx.wanted[0]);
    out.resize(ctx.in.size());
    return out;
  }
  return dispatch_float("group_norm", ctx.in[0], [&]<class T>() {
    return vjp_as<T>(ctx, operands, ctx.attrs.i64("groups"), ctx.attrs.f64("eps"), silu);
  });
}

}  // namespace dact::group_norm_room
