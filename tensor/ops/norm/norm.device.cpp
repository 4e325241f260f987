#include "tensor/ops/norm/norm.device.hpp"

#include "tensor/numerics.hpp"
#include "tensor/ops/fast/norm.cuda.hpp"
#include "tensor/ops/norm/norm.cuda.hpp"
#include "tensor/ops/reduce/reduce.device.hpp"

namespace dact::norm {
namespace {

using cuda::launch;

Tensor fresh(std::int64_t n) { return empty({n}, DType::f32, Device::cuda); }
Tensor dense(const Tensor& t) { return t.defined() ? t.contiguous() : t; }

cuda::ChannelValue channels_of(const Tensor& x, std::int64_t pixels, std::int64_t channels) {
  return {device_data<float>(x), pixels, channels};
}

/// Per (sample, channel), or per channel of a batch that is one sample: what forward and backward read.
struct Constants {
  Tensor mean, rstd, a, d;
  bool per_sample;
};

Tensor forward(const Tensor& x, const Pixels& in, const Constants& c, bool silu) {
  Tensor y = empty_strided(x.shape(), channels_innermost(x.shape()), x.dtype(), x.device());
  launch("norm", y.numel(),
         cuda::NormForward{device_data<float>(in.x),
                           device_data<float>(c.mean),
                           device_data<float>(c.a),
                           device_data<float>(c.d),
                           device_mutate<float>(y),
                           {in.pixels, in.channels, c.per_sample},
                           silu});
  return y;
}

Tensor backward(const Shape& shape, const Pixels& in, const Tensor& gv, const Constants& c,
                const Tensor& k1, const Tensor& k2) {
  Tensor dx = empty_strided(shape, channels_innermost(shape), gv.dtype(), gv.device());
  launch("norm gradient", dx.numel(),
         cuda::NormBackward{device_data<float>(gv),
                            device_data<float>(in.x),
                            device_data<float>(c.mean),
                            device_data<float>(c.a),
                            device_data<float>(k1),
                            device_data<float>(k2),
                            device_mutate<float>(dx),
                            {in.pixels, in.channels, c.per_sample}});
  return dx;
}

/// Sums over pixels of gv and of gv (x - mean), [batch * C].
struct Sums {
  Tensor s1, s2;
};
Sums sums(const Tensor& gv, const Tensor& x, const Tensor& mean, bool per_sample,
          std::int64_t batch, std::int64_t pixels, std::int64_t channels) {
  const cuda::ChannelValue g = channels_of(gv, pixels, channels);
  return {sum_on_device("norm sums", g, batch * channels, pixels, false),
          sum_on_device("norm sums",
                        cuda::ChannelProduct{g, channels_of(x, pixels, channels),
                                             device_data<float>(mean), per_sample},
                        batch * channels, pixels, false)};
}

}  // namespace

// ---- group_norm

namespace {

struct Kept {
  DeviceOperands o;
  cuda::GroupOperands get() const {
    const auto of = [](const Tensor& t) {
      return cuda::NormOperand{device_data<float>(t),
                               t.defined() && t.rank() == 2 ? t.shape()[1] : 0};
    };
    return {of(o.weight), of(o.bias), of(o.scale_t), of(o.shift_t), of(o.scale_z)};
  }
};
Kept kept(const DeviceOperands& o) {
  return {{dense(o.weight), dense(o.bias), dense(o.scale_t), dense(o.shift_t), dense(o.scale_z)}};
}

Constants fold(const Pixels& in, std::int64_t groups, const Kept& o, double eps) {
  const std::int64_t n = in.batch * in.channels;
  const DeviceMoments m = moments_on_device(
      "group_norm moments", channels_of(in.x, in.pixels, in.channels), n, in.pixels, false);
  Constants c{fresh(n), fresh(n), fresh(n), fresh(n), true};
  launch("group_norm fold", in.batch * groups,
         cuda::FoldGroups{device_data<float>(m.mean), device_data<float>(m.m2), o.get(),
                          device_mutate<float>(c.mean), device_mutate<float>(c.rstd),
                          device_mutate<float>(c.a), device_mutate<float>(c.d), in.pixels,
                          in.channels, groups, static_cast<float>(eps)});
  return c;
}

/// The fast kernels read four channels at once.
bool is_fast(const Pixels& in) {
  return numerics() != Numerics::strict && in.channels % 4 == 0 &&
         reinterpret_cast<std::uintptr_t>(in.x.address()) % 16 == 0;
}

Tensor fast_forward(const Tensor& x, const Pixels& in, std::int64_t groups, const Kept& o,
                    double eps, bool silu) {
  const std::int64_t n = in.batch * in.channels,
                     bands = (in.pixels + cuda::BandMoments::kBand - 1) / cuda::BandMoments::kBand;
  Tensor mean = fresh(n * bands), m2 = fresh(n * bands);
  launch("group_norm bands", n * bands,
         cuda::BandMoments{device_data<float>(in.x), device_mutate<float>(mean),
                           device_mutate<float>(m2), in.pixels, in.channels, bands});
  Constants c{fresh(n), fresh(n), fresh(n), fresh(n), true};
  launch("group_norm merge", in.batch * groups,
         cuda::MergeBands{
             device_data<float>(mean),
             device_data<float>(m2),
             bands,
             {nullptr, nullptr, o.get(), device_mutate<float>(c.mean), device_mutate<float>(c.rstd),
              device_mutate<float>(c.a), device_mutate<float>(c.d), in.pixels, in.channels, groups,
              static_cast<float>(eps)}});
  Tensor y = empty_strided(x.shape(), channels_innermost(x.shape()), x.dtype(), x.device());
  launch("norm fast", y.numel() / 4,
         cuda::NormQuads{device_data<float>(in.x), device_data<float>(c.mean),
                         device_data<float>(c.a), device_data<float>(c.d), device_mutate<float>(y),
                         in.pixels, in.channels / 4, silu});
  return y;
}

}  // namespace

Tensor group_norm_on_device(const Tensor& x, std::int64_t groups, const DeviceOperands& o,
                            double eps, bool silu) {
  if (x.numel() == 0)
    return empty_strided(x.shape(), channels_innermost(x.shape()), x.dtype(), x.device());
  const Pixels in = as_pixels(x);
  const Kept operands = kept(o);
  if (is_fast(in)) return fast_forward(x, in, groups, operands, eps, silu);
  return forward(x, in, fold(in, groups, operands, eps), silu);
}

Tensors group_norm_gradient_on_device(const Tensor& x, const Tensor& g, std::int64_t groups,
                                      const DeviceOperands& o, double eps, bool silu,
                                      bool wants_x) {
  const Pixels in = as_pixels(x);
  const Kept operands = kept(o);
  const Constants c = fold(in, groups, operands, eps);
  Tensor gv = as_pixels(g).x;
  const std::int64_t n = in.batch * in.channels;
  if (silu) {
    const Tensor up = gv;
    gv = empty_like(in.x);
    launch("group_norm silu gradient", gv.numel(),
           cuda::NormUpstream{device_data<float>(up),
                              device_data<float>(in.x),
                              device_data<float>(c.mean),
                              device_data<float>(c.a),
                              device_data<float>(c.d),
                              device_mutate<float>(gv),
                              {in.pixels, in.channels, true}});
  }
  const Sums s = sums(gv, in.x, c.mean, true, in.batch, in.pixels, in.channels);
  const float *s1 = device_data<float>(s.s1), *s2 = device_data<float>(s.s2),
              *rstd = device_data<float>(c.rstd);
  const Shape per_sample{in.batch, in.channels};
  Tensors out{Tensor(), fresh(in.channels), fresh(in.channels)};
  for (int i = 0; i < 3; ++i) out.push_back(empty(per_sample, DType::f32, Device::cuda));
  launch("group_norm weight gradients", in.channels,
         cuda::GroupWeightGradients{s1, s2, rstd, operands.get(), device_mutate<float>(out[1]),
                                    device_mutate<float>(out[2]), in.batch, in.channels});
  launch("group_norm condition gradients", n,
         cuda::GroupConditionGradients{s1, s2, rstd, operands.get(), device_mutate<float>(out[3]),
                                       device_mutate<float>(out[4]), device_mutate<float>(out[5]),
                                       in.channels});
  if (!wants_x) return out;
  Tensor k1 = fresh(n), k2 = fresh(n);
  launch("group_norm terms", in.batch * groups,
         cuda::GroupTerms{s1, s2, rstd, operands.get(), device_mutate<float>(k1),
                          device_mutate<float>(k2), in.channels, groups,
                          static_cast<float>(in.channels / groups * in.pixels)});
  out[0] = backward(x.shape(), in, gv, c, k1, k2);
  return out;
}

// ---- batch_norm: the batch is one sample of B P pixels

namespace {

/// count 0: m2 holds the variance.
Constants fold_channels(const Tensor& mean, const Tensor& m2, const Tensor& w, const Tensor& b,
                        double eps, std::int64_t count, Tensor& var) {
  const std::int64_t n = mean.numel();
  const Tensor weight = dense(w), bias = dense(b);
  Constants c{mean, fresh(n), fresh(n), fresh(n), false};
  var = fresh(n);
  launch("batch_norm fold", n,
         cuda::FoldChannels{
             device_data<float>(m2), device_data<float>(weight), device_data<float>(bias),
             device_mutate<float>(var), device_mutate<float>(c.rstd), device_mutate<float>(c.a),
             device_mutate<float>(c.d), static_cast<float>(count), static_cast<float>(eps)});
  return c;
}

Constants from_batch(const Pixels& in, const Tensor& w, const Tensor& b, double eps, Tensor& var) {
  const std::int64_t m = in.batch * in.pixels;
  const DeviceMoments s = moments_on_device("batch_norm moments", channels_of(in.x, m, in.channels),
                                            in.channels, m, false);
  return fold_channels(s.mean.contiguous().clone(), s.m2, w, b, eps, m, var);
}

}  // namespace

Tensors batch_norm_on_device(const Tensor& x, const Tensor& weight, const Tensor& bias,
                             double eps) {
  const Pixels in = as_pixels(x);
  Tensor var;
  const Constants c = from_batch(in, weight, bias, eps, var);
  return {forward(x, in, c, false), c.mean, var};
}

Tensors batch_norm_gradient_on_device(const Tensor& x, const Tensor& weight, double eps,
                                      std::span<const Tensor> grads) {
  const Pixels in = as_pixels(x);
  const Tensor g = as_pixels(grads[0]).x, g_mean = grads[1].contiguous(),
               g_var = grads[2].contiguous();
  Tensor var;
  const Constants c = from_batch(in, weight, {}, eps, var);
  const std::int64_t m = in.batch * in.pixels, n = in.channels;
  const Sums s = sums(g, in.x, c.mean, false, 1, m, n);
  Tensor k1 = fresh(n), k2 = fresh(n), dw = fresh(n);
  launch("batch_norm terms", n,
         cuda::BatchTerms{device_data<float>(s.s1), device_data<float>(s.s2),
                          device_data<float>(c.rstd), device_data<float>(c.a),
                          device_data<float>(g_mean), device_data<float>(g_var),
                          device_mutate<float>(k1), device_mutate<float>(k2),
                          device_mutate<float>(dw), static_cast<float>(m)});
  return {backward(x.shape(), in, g, c, k1, k2), dw, s.s1};
}

Tensor batch_norm_eval_on_device(const Tensor& x, const Tensor& mean, const Tensor& var,
                                 const Tensor& weight, const Tensor& bias, double eps) {
  const Pixels in = as_pixels(x);
  Tensor same;
  return forward(
      x, in, fold_channels(mean.contiguous(), var.contiguous(), weight, bias, eps, 0, same), false);
}

Tensors batch_norm_eval_gradient_on_device(const Tensor& x, const Tensor& mean, const Tensor& var,
                                           const Tensor& weight, double eps,
                                           const Tensor& upstream) {
  const Pixels in = as_pixels(x);
  const Tensor g = as_pixels(upstream).x;
  Tensor same;
  const Constants c = fold_channels(mean.contiguous(), var.contiguous(), weight, {}, eps, 0, same);
  const std::int64_t n = in.channels;
  const Sums s = sums(g, in.x, c.mean, false, in.batch, in.pixels, n);
  Tensor dw = fresh(n), db = fresh(n);
  launch("batch_norm_eval terms", n,
         cuda::EvalTerms{device_data<float>(s.s1), device_data<float>(s.s2),
                         device_data<float>(c.rstd), device_mutate<float>(dw),
                         device_mutate<float>(db), in.batch, n});
  const Tensor zero = zeros({n}, DType::f32, Device::cuda);
  return {backward(x.shape(), in, g, c, zero, zero), {}, {}, dw, db};
}

// ---- layer_norm

namespace {

/// mean and rstd of rows of n.
DeviceMoments row_statistics(const Tensor& x, std::int64_t n, double eps) {
  const std::int64_t rows = x.numel() / n;
  DeviceMoments s = moments_on_device(
      "layer_norm moments", cuda::AxisValue{device_data<float>(x), {n, 1}}, rows, n, true);
  launch("layer_norm rstd", rows,
         cuda::RowRstd{device_mutate<float>(s.m2), static_cast<float>(n), static_cast<float>(eps)});
  return s;
}

}  // namespace

Tensor layer_norm_on_device(const Tensor& x, std::int64_t n, const Tensor& weight,
                            const Tensor& bias, double eps) {
  const Tensor in = x.contiguous(), w = dense(weight), b = dense(bias);
  Tensor y = empty(x.shape(), x.dtype(), x.device());
  if (x.numel() == 0) return y;
  const DeviceMoments s = row_statistics(in, n, eps);
  launch("layer_norm", y.numel(),
         cuda::LayerForward{device_data<float>(in), device_data<float>(s.mean),
                            device_data<float>(s.m2), device_data<float>(w), device_data<float>(b),
                            device_mutate<float>(y), n});
  return y;
}

Tensors layer_norm_gradient_on_device(const Tensor& x, const Tensor& g, std::int64_t n,
                                      const Tensor& weight, double eps) {
  const Tensor w = dense(weight);
  const DeviceMoments s = row_statistics(x, n, eps);
  const cuda::LayerProduct p{{device_data<float>(g), device_data<float>(w), n},
                             device_data<float>(x),
                             device_data<float>(s.mean)};
  const std::int64_t rows = x.numel() / n;
  const Tensor s1 = sum_on_device("layer_norm sums", p.g, rows, n, true);
  const Tensor s2 = sum_on_device("layer_norm sums", p, rows, n, true);
  Tensor dx = empty(x.shape(), x.dtype(), x.device()),
         scaled = empty(x.shape(), x.dtype(), x.device());
  launch("layer_norm gradient", x.numel(),
         cuda::LayerBackward{p, device_data<float>(s.m2), device_data<float>(s1),
                             device_data<float>(s2), device_mutate<float>(dx),
                             device_mutate<float>(scaled)});
  return {dx, scaled};
}

// ---- dropout

Tensor dropout_on_device(const Tensor& x, float limit, float scale, const RandomKey& key) {
  const Tensor in = x.contiguous();
  Tensor y = empty(x.shape(), x.dtype(), x.device());
  if (y.numel() == 0) return y;
  const std::int64_t samples = x.rank() > 0 ? x.shape()[0] : 1;
  const RandomStream stream{0, key.draw, fnv1a32(key.use), static_cast<std::uint32_t>(key.seed),
                            static_cast<std::uint32_t>(key.seed >> 32)};
  launch("dropout", y.numel(),
         cuda::DropoutKernel{stream, device_data<float>(in), device_mutate<float>(y),
                             x.numel() / samples, limit, scale});
  return y;
}

}  // namespace dact::norm
