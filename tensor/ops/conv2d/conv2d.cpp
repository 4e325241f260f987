#include "tensor/ops/conv2d/conv2d.hpp"

#include <algorithm>

#include "tensor/ops/contract/contract.hpp"
#include "tensor/ops/conv2d/conv2d.room.hpp"
#include "tensor/parallel.hpp"

namespace dact {
namespace conv2d_room {
namespace {

Pair pair_of(const Attrs& attrs, std::string_view name) {
  const std::vector<std::int64_t>& v = attrs.ints(name);
  if (v.size() != 2)
    throw UsageError("conv2d",
                     std::string(name) + " must be two integers, got " + std::to_string(v.size()));
  return {v[0], v[1]};
}

void require_at_least(std::string_view where, std::string_view name, Pair value,
                      std::int64_t least) {
  // 2^31: products of these with sizes must not wrap
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  if (value.h >= least && value.w >= least && value.h <= kMost && value.w <= kMost) return;
  throw UsageError(where, std::string(name) + " must be at least " + std::to_string(least) +
                              ", got " + Shape{value.h, value.w}.str());
}

/// Number of outputs along one axis; ShapeError when the kernel does not fit.
std::int64_t out_size(std::string_view where, std::int64_t in, std::int64_t kernel,
                      std::int64_t stride, std::int64_t padding, std::int64_t dilation,
                      const std::string& shapes) {
  const std::int64_t reach = dilation * (kernel - 1) + 1;
  if (in + 2 * padding < reach)
    throw ShapeError(where, "the kernel must fit into the padded image, got reach " +
                                std::to_string(reach) + " over " +
                                std::to_string(in + 2 * padding) + " (" + shapes + ")");
  return (in + 2 * padding - reach) / stride + 1;
}

}  // namespace

Conv2dOptions options_of(const Attrs& a) {
  return {pair_of(a, "stride"), pair_of(a, "padding"), pair_of(a, "dilation"), a.i64("groups")};
}

Geometry geometry(std::string_view where, const Shape& x, const Shape& w, const Conv2dOptions& o) {
  require_at_least(where, "stride", o.stride, 1);
  require_at_least(where, "padding", o.padding, 0);
  require_at_least(where, "dilation", o.dilation, 1);
  require_at_least(where, "groups", o.groups, 1);
  const std::string shapes = "x " + x.str() + ", weight " + w.str();
  if (x[1] != w[1] * o.groups || x[1] == 0 || w[0] % o.groups != 0 || w[0] == 0)
    throw ShapeError(where,
                     "weight must be [N, C / groups, KH, KW] with N a multiple of groups = " +
                         std::to_string(o.groups) + ", got " + shapes);
  if (w[2] == 0 || w[3] == 0)
    throw ShapeError(where, "the kernel must not be empty, got " + shapes);
  return {x[0],
          x[1],
          x[2],
          x[3],
          w[0],
          out_size(where, x[2], w[2], o.stride.h, o.padding.h, o.dilation.h, shapes),
          out_size(where, x[3], w[3], o.stride.w, o.padding.w, o.dilation.w, shapes),
          w[2],
          w[3],
          o.stride.h,
          o.stride.w,
          o.padding.h,
          o.padding.w,
          o.dilation.h,
          o.dilation.w,
          o.groups};
}

namespace {

void gather_f32(const Geometry& s, const float* x, const float* packed, const float* bias,
                float* y) {
  contract::run_gather(
      {x, y, packed, bias, s.batch, s.in_h, s.in_w, s.out_h, s.out_w, s.groups, s.in_group(),
       s.out_group(),
       contract::forward_axis(s.out_h, s.in_h, s.kernel_h, s.stride_h, s.padding_h, s.dilation_h),
       contract::forward_axis(s.out_w, s.in_w, s.kernel_w, s.stride_w, s.padding_w, s.dilation_w)});
}

/// x with its padding around it, as stored: [B, H + 2 ph, W + 2 pw, C].
void copy_padded(const Geometry& s, const float* x, float* to) {
  const std::int64_t high = s.in_h + 2 * s.padding_h, wide = s.in_w + 2 * s.padding_w;
  const std::size_t row = static_cast<std::size_t>(s.in_w * s.in_c);
  parallel_for(s.batch * high, [&](std::int64_t r) {
    const std::int64_t y = r % high - s.padding_h;
    float* line = to + r * wide * s.in_c;
    std::fill_n(line, wide * s.in_c, 0.0f);
    if (y < 0 || y >= s.in_h) return;
    std::copy_n(x + (r / high * s.in_h + y) * s.in_w * s.in_c, row, line + s.padding_w * s.in_c);
  });
}

/// A 1x1 kernel that meets every pixel once: a product of pixels and channels.
bool is_product(const Geometry& s) {
  return s.kernel_h * s.kernel_w == 1 && s.stride_h * s.stride_w == 1 && s.groups == 1 &&
         s.padding_h + s.padding_w == 0;
}

/// out [pixels, n] = in [pixels, c] panels + bias.
void product_f32(const Geometry& s, const float* in, std::int64_t c, const float* panels,
                 std::int64_t n, const float* bias, float* out) {
  contract::run_product({.rows = s.batch * s.in_h * s.in_w,
                         .a = in,
                         .a_step = c,
                         .panels = panels,
                         .bias = bias,
                         .out = out,
                         .out_step = n},
                        contract::Panels(n, c));
}

/// How a weight [N, C, KH, KW] is packed for the forward pass. f: packed_weight or fold_weight.
template <class F>
auto with_forward_packing(const Tensor& weight, std::int64_t groups, F f) {
  const std::int64_t taps = weight.size(2) * weight.size(3), c = weight.size(1);
  const std::int64_t n = weight.size(0) / groups;
  return f(weight, /*use=*/0, contract::Panels(n, taps * c),
           contract::WeightLayout{taps * c, 1, taps, taps, c}, groups, n * taps * c);
}

void forward_f32(const Geometry& s, const float* x, const Tensor& weight, const float* bias,
                 float* y) {
  const Tensor packed = with_forward_packing(weight, s.groups, contract::packed_weight);
  if (is_product(s)) return product_f32(s, x, s.in_c, packed.data<float>(), s.out_c, bias, y);
  // In a small image the border is a large part, and full tiles are worth a padded copy.
  constexpr std::int64_t kSmall = 64, kPixels = 16384;
  Geometry inner = s;
  inner.in_h += 2 * s.padding_h;
  inner.in_w += 2 * s.padding_w;
  inner.padding_h = inner.padding_w = 0;
  if (s.padding_h + s.padding_w == 0 || s.out_w > kSmall || s.out_h > kSmall ||
      inner.in_h * inner.in_w > kPixels)
    return gather_f32(s, x, packed.data<float>(), bias, y);
  const contract::Scratch padded(s.batch * inner.in_h * inner.in_w * s.in_c);
  copy_padded(s, x, padded.data());
  gather_f32(inner, padded.data(), packed.data<float>(), bias, y);
}

void data_gradient_f32(const Geometry& s, const float* g, const Tensor& weight, float* dx) {
  const std::int64_t taps = s.kernel_h * s.kernel_w, c = s.in_group(), n = s.out_group();
  const contract::Panels panels(c, taps * n);
  const Tensor packed = contract::packed_weight(
      weight, /*use=*/1, panels, {taps, 1, taps * c, taps, n}, s.groups, n * taps * c);
  if (is_product(s)) return product_f32(s, g, n, packed.data<float>(), c, nullptr, dx);
  contract::run_gather(
      {g, dx, packed.data<float>(), nullptr, s.batch, s.out_h, s.out_w, s.in_h, s.in_w, s.groups, n,
       c,
       contract::backward_axis(s.in_h, s.out_h, s.kernel_h, s.stride_h, s.padding_h, s.dilation_h),
       contract::backward_axis(s.in_w, s.out_w, s.kernel_w, s.stride_w, s.padding_w,
                               s.dilation_w)});
}

void weight_gradient_f32(const Geometry& s, const float* g, const float* x, float* dw) {
  contract::run_outer({x, g, dw, s.batch, s.in_h, s.in_w, s.out_h, s.out_w, s.groups, s.in_group(),
                       s.out_group(), s.kernel_h, s.kernel_w, s.stride_h, s.stride_w, s.padding_h,
                       s.padding_w, s.dilation_h, s.dilation_w});
}

}  // namespace
}  // namespace conv2d_room

using conv2d_room::Geometry;

Attrs attrs_of(const Conv2dOptions& o) {
  return {{"stride", std::vector{o.stride.h, o.stride.w}},
          {"padding", std::vector{o.padding.h, o.padding.w}},
          {"dilation", std::vector{o.dilation.h, o.dilation.w}},
          {"groups", o.groups}};
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv2dOptions& options) {
  require_rank("conv2d", "x", x, 4);
  require_rank("conv2d", "weight", weight, 4);
  require_float("conv2d", "x", x);
  require_same_kind("conv2d", x, weight);
  const Geometry s = conv2d_room::geometry("conv2d", x.shape(), weight.shape(), options);
  if (bias.defined()) {
    require_same_kind("conv2d", x, bias);
    require_shape("conv2d", "bias", bias, {s.out_c});
  }
  Tensor y = empty_channels_last({s.batch, s.out_c, s.out_h, s.out_w}, x.dtype(), x.device());
  if (y.numel() == 0) return y;
  const Tensor in = x.contiguous_channels_last(), w = weight.contiguous();
  const Tensor b = bias.defined() ? bias.contiguous() : bias;
  if (x.dtype() == DType::f32)
    conv2d_room::forward_f32(s, in.data<float>(), w, b.defined() ? b.data<float>() : nullptr,
                             y.mutate<float>());
  else
    conv2d_room::forward_plain(s, in.data<double>(), w.data<double>(),
                               b.defined() ? b.data<double>() : nullptr, y.mutate<double>());
  return y;
}

void conv2d_fold_weight(const Tensor& weight, std::int64_t groups) {
  require_rank("conv2d", "weight", weight, 4);
  if (groups < 1 || weight.size(0) % groups != 0)
    throw ShapeError("conv2d",
                     "weight must be [N, C / groups, KH, KW] with N a multiple of groups = " +
                         std::to_string(groups) + ", got weight " + weight.str());
  conv2d_room::with_forward_packing(weight, groups, contract::fold_weight);
}

Tensor conv2d_data_gradient(const Tensor& g, const Tensor& weight, const Shape& x_shape,
                            const Conv2dOptions& options) {
  const Geometry s = conv2d_room::geometry("conv2d gradient", x_shape, weight.shape(), options);
  Tensor dx = empty_channels_last(x_shape, g.dtype(), g.device());
  if (dx.numel() == 0) return dx;
  const Tensor up = g.contiguous_channels_last(), w = weight.contiguous();
  if (g.dtype() == DType::f32)
    conv2d_room::data_gradient_f32(s, up.data<float>(), w, dx.mutate<float>());
  else
    conv2d_room::data_gradient_plain(s, up.data<double>(), w.data<double>(), dx.mutate<double>());
  return dx;
}

Tensor conv2d_weight_gradient(const Tensor& g, const Tensor& x, const Shape& weight_shape,
                              const Conv2dOptions& options) {
  const Geometry s = conv2d_room::geometry("conv2d gradient", x.shape(), weight_shape, options);
  if (g.numel() == 0) return zeros(weight_shape, g.dtype(), g.device());
  Tensor dw = empty(weight_shape, g.dtype(), g.device());
  const Tensor up = g.contiguous_channels_last(), in = x.contiguous_channels_last();
  if (g.dtype() == DType::f32)
    conv2d_room::weight_gradient_f32(s, up.data<float>(), in.data<float>(), dw.mutate<float>());
  else
    conv2d_room::weight_gradient_plain(s, up.data<double>(), in.data<double>(),
                                       dw.mutate<double>());
  return dw;
}

Tensor conv2d_bias_gradient(const Tensor& g) {
  Tensor db = empty({g.size(1)}, g.dtype(), g.device());
  const Tensor up = g.contiguous_channels_last();
  const std::int64_t rows = g.size(2) * g.size(3);
  if (g.dtype() == DType::f32)
    contract::sum_rows(up.data<float>(), g.size(0), rows, g.size(1), db.mutate<float>());
  else
    conv2d_room::bias_gradient_plain(up.data<double>(), g.size(0), rows, g.size(1),
                                     db.mutate<double>());
  return db;
}

const OpDef conv2d_op{
    .name = "conv2d",
    .equation =
        "y[b,n,i,j] = bias[n] + sum_{kh,kw,c} x[b,c,i s - p + kh d, j s - p + kw d] w[n,c,kh,kw]",
    .group = OpGroup::product,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {conv2d(in[0], in[1], in[2], conv2d_room::options_of(a))};
    },
    .vjp = conv2d_room::vjp,
    .saves = {.inputs = 0b011},
    .samples = conv2d_room::samples,
    .bad_samples = conv2d_room::bad_samples,
    // roundings of a chain of 360 terms walk at random: about sqrt(360) half units of the largest
    // partial sum
    .tolerance = {Tolerance::Unit::scaled, 40},
    .cost = conv2d_room::cost,
};

}  // namespace dact
