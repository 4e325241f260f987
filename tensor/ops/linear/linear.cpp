#include "tensor/ops/linear/linear.hpp"

#include "tensor/ops/contract/contract.device.hpp"
#include "tensor/ops/contract/contract.hpp"
#include "tensor/ops/linear/linear.kernels.hpp"
#include "tensor/ops/linear/linear.room.hpp"

namespace dact {
namespace {

/// f: packed_weight or fold_weight.
template <class F>
auto with_forward_packing(const Tensor& weight, F f) {
  const std::int64_t out = weight.size(0), in = weight.size(1);
  return f(weight, /*use=*/0, contract::Panels(out, in), contract::WeightLayout{in, 0, 1, 1, in},
           /*groups=*/1, /*group_stride=*/0);
}

void forward_f32(const float* x, const Tensor& weight, const float* bias, float* y,
                 std::int64_t rows) {
  const std::int64_t out = weight.size(0), in = weight.size(1);
  const contract::Panels panels(out, in);
  const Tensor packed = with_forward_packing(weight, contract::packed_weight);
  contract::run_product({.rows = rows,
                         .a = x,
                         .a_step = in,
                         .panels = packed.data<float>(),
                         .bias = bias,
                         .out = y,
                         .out_step = out},
                        panels);
}

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  require_float("linear", "x", x);
  require_rank("linear", "weight", weight, 2);
  require_same_kind("linear", x, weight);
  if (x.rank() < 1 || x.size(-1) != weight.size(1))
    throw ShapeError("linear", "weight must be [out, in] with in the last size of x, got x " +
                                   x.str() + ", weight " + weight.str());
  if (bias.defined()) {
    require_same_kind("linear", x, bias);
    require_shape("linear", "bias", bias, {weight.size(0)});
  }
  Tensor y = empty(x.shape().with(x.rank() - 1, weight.size(0)), x.dtype(), x.device());
  const Tensor in = x.contiguous(), w = weight.contiguous();
  const Tensor b = bias.defined() ? bias.contiguous() : bias;
  const std::int64_t rows = numel_of(x.shape().without(x.rank() - 1));
  if (on_device(x))
    contract::run_on_device({.name = "linear",
                             .batch = 1,
                             .rows = rows,
                             .columns = w.size(0),
                             .terms = w.size(1),
                             .a = {.data = device_data<float>(in), .line = w.size(1)},
                             .b = {.data = device_data<float>(w), .line = w.size(1)},
                             .out = {.data = device_mutate<float>(y), .line = w.size(0)},
                             .bias = b.defined() ? device_data<float>(b) : nullptr});
  else if (x.dtype() == DType::f32)
    forward_f32(in.data<float>(), w, b.defined() ? b.data<float>() : nullptr, y.mutate<float>(),
                rows);
  else
    linear_room::forward_plain(in.data<double>(), w.data<double>(),
                               b.defined() ? b.data<double>() : nullptr, y.mutate<double>(), rows,
                               w.size(1), w.size(0));
  return y;
}

void linear_fold_weight(const Tensor& weight) {
  require_rank("linear", "weight", weight, 2);
  with_forward_packing(weight, contract::fold_weight);
}

const OpDef linear_op{
    .name = "linear",
    .equation = "y[..., n] = sum_k x[..., k] w[n, k] + bias[n]",
    .group = OpGroup::product,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {linear(in[0], in[1], in[2])};
    },
    .vjp = linear_room::vjp,
    .saves = {.inputs = 0b011},
    .samples = linear_room::samples,
    .bad_samples = linear_room::bad_samples,
    // roundings of a chain of 300 terms walk at random: about sqrt(300) half units of the largest
    // partial sum
    .tolerance = {Tolerance::Unit::scaled, 32},
    .cost = linear_room::cost,
};

}  // namespace dact
