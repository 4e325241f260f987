#include "tensor/ops/group_norm/group_norm.hpp"

#include "tensor/error.hpp"
#include "tensor/ops/group_norm/group_norm.impl.hpp"

namespace dact {
namespace group_norm_room {
namespace {

void check_operand(const char* name, const Tensor& operand, const Tensor& x, const Shape& shape) {
  if (!operand.defined()) return;
  require_same_kind("group_norm", x, operand);
  require_shape("group_norm", name, operand, shape);
}

}  // namespace

void check(const Tensor& x, std::int64_t groups, const GroupNormOperands& o, double eps) {
  require_float("group_norm", "x", x);
  if (x.rank() < 2 || x.rank() > 5)
    throw ShapeError("group_norm", "x must be [B, C, ...] of rank 2 to 5, got " + x.str());
  const std::int64_t c = x.shape()[1];
  if (groups < 1 || c % groups != 0)
    throw ShapeError("group_norm", "groups must divide the channels of x, got " +
                                       std::to_string(groups) + " groups for " + x.str());
  if (!(eps > 0)) throw UsageError("group_norm", "eps must be > 0, got " + std::to_string(eps));
  check_operand("weight", o.weight, x, {c});
  check_operand("bias", o.bias, x, {c});
  for (const auto& [name, operand] :
       {std::pair{"scale_t", o.scale_t}, {"shift_t", o.shift_t}, {"scale_z", o.scale_z}})
    check_operand(name, operand, x, {x.shape()[0], c});
}

template <class T>
Tensor forward_as(const Tensor& x, std::int64_t groups, const GroupNormOperands& o, double eps,
                  bool silu) {
  const norm::Pixels in = norm::as_pixels(x);
  Tensor out = empty_strided(x.shape(), norm::channels_innermost(x.shape()), x.dtype());
  if (x.numel() == 0) return out;
  const Folded<T> f = fold<T>(in, groups, o, eps);
  const T *px = in.x.data<T>(), *mean = f.mean.data(), *a = f.a.data(), *d = f.d.data();
  T* py = out.mutate<T>();
  const std::int64_t c = in.channels;
  const bool stream = norm::is_streamed(out);
  for_pixel_bands(in, [&](std::int64_t n, std::int64_t from, std::int64_t count) {
    const std::int64_t at = (n * in.pixels + from) * c;
    norm::forward(px + at, mean + n * c, a + n * c, d + n * c, silu, stream, py + at, count, c);
  });
  return out;
}

}  // namespace group_norm_room

Tensor group_norm_silu(const Tensor& x, std::int64_t groups, const GroupNormOperands& operands,
                       double eps, bool silu) {
  group_norm_room::check(x, groups, operands, eps);
  if (on_device(x))
    return norm::group_norm_on_device(x, groups, group_norm_room::device_operands(operands), eps,
                                      silu);
  return dispatch_float("group_norm", x, [&]<class T>() {
    return group_norm_room::forward_as<T>(x, groups, operands, eps, silu);
  });
}

Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& weight, const Tensor& bias,
                  double eps) {
  return group_norm_silu(x, groups, {weight, bias, {}, {}, {}}, eps, false);
}

namespace group_norm_room {

GroupNormOperands operands_of(std::span<const Tensor> in) {
  const auto at = [&](std::size_t i) { return i < in.size() ? in[i] : Tensor(); };
  return {at(1), at(2), at(3), at(4), at(5)};
}

Cost cost(std::span<const Tensor> in, std::span<const Tensor>, const Attrs&) {
  const auto n = static_cast<double>(in[0].numel());
  return {24 * n, 3.0 * static_cast<double>(size_of(in[0].dtype())) * n};
}

}  // namespace group_norm_room

const OpDef group_norm_op{
    .name = "group_norm",
    .equation = "y = (x - mean) w / sqrt(var + eps) + b, per sample and group of channels",
    .group = OpGroup::norm,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {group_norm(in[0], a.i64("groups"), in[1], in[2], a.f64("eps"))};
    },
    .vjp = group_norm_room::vjp,
    .samples = group_norm_room::samples,
    .bad_samples = group_norm_room::bad_samples,
    .tolerance = {Tolerance::Unit::scaled, 4},
    .cost = group_norm_room::cost,
};

const OpDef group_norm_silu_op{
    .name = "group_norm_silu",
    .equation =
        "v = (x - mean) A + D, y = v / (1 + exp(-v)); A = rstd w (1 + s_t) (1 + s_z), D = (b (1 + "
        "s_t) + "
        "shift) (1 + s_z)",
    .group = OpGroup::norm,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {group_norm_silu(in[0], a.i64("groups"), group_norm_room::operands_of(in),
                              a.f64("eps"), a.flag("silu"))};
    },
    .vjp = group_norm_room::vjp,
    .samples = group_norm_room::silu_samples,
    .bad_samples = group_norm_room::silu_bad_samples,
    .tolerance = {Tolerance::Unit::scaled, 5},
    .cost = group_norm_room::cost,
};

}  // namespace dact
