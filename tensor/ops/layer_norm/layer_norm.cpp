#define DACT_ISA f64_oracle
#include "tensor/ops/layer_norm/layer_norm.hpp"

#include "tensor/error.hpp"
#include "tensor/isa.hpp"
#include "tensor/ops/layer_norm/layer_norm.kernels.hpp"
#include "tensor/ops/layer_norm/layer_norm.loops.hpp"
#include "tensor/ops/layer_norm/layer_norm.room.hpp"
#include "tensor/ops/norm/norm.device.hpp"
#include "tensor/ops/reduce/moments.hpp"
#include "tensor/ops/reduce/moments.kernels.hpp"
#include "tensor/parallel.hpp"

namespace dact {
namespace layer_norm_room {

Shape check(const Tensor& x, std::int64_t axes, const Tensor& weight, const Tensor& bias,
            double eps) {
  require_float("layer_norm", "x", x);
  if (axes < 1 || axes > x.rank())
    throw ShapeError("layer_norm", "axes must lie in [1, rank of x], got " + std::to_string(axes) +
                                       " for " + x.str());
  if (!(eps > 0)) throw UsageError("layer_norm", "eps must be > 0, got " + std::to_string(eps));
  Shape row;
  for (int i = x.rank() - static_cast<int>(axes); i < x.rank(); ++i) row.push_back(x.shape()[i]);
  for (const auto& [name, operand] : {std::pair{"weight", weight}, {"bias", bias}}) {
    if (!operand.defined()) continue;
    require_same_kind("layer_norm", x, operand);
    require_shape("layer_norm", name, operand, row);
  }
  return row;
}

template <class T>
Statistics<T> statistics(const Tensor& x, std::int64_t n, double eps) {
  const std::int64_t rows = x.numel() / n;
  Statistics<T> s{std::vector<T>(static_cast<std::size_t>(rows)),
                  std::vector<T>(static_cast<std::size_t>(rows))};
  T *mean = s.mean.data(), *m2 = s.rstd.data();
  const T* p = x.data<T>();
  parallel_ranges(rows, (1 << 14) / n + 1, [&](std::int64_t begin, std::int64_t end) {
    if constexpr (std::is_same_v<T, float>)
      DACT_PICK(moments_rows_f32)(p + begin * n, n, n, mean + begin, m2 + begin, end - begin);
    else
      moments_plain<T>(p + begin * n, n, 1, n, mean + begin, m2 + begin, end - begin);
  });
  for (std::int64_t r = 0; r < rows; ++r)
    m2[r] = T(1) / math::sqrt(m2[r] / static_cast<T>(n) + static_cast<T>(eps));
  return s;
}
template Statistics<float> statistics(const Tensor&, std::int64_t, double);
template Statistics<double> statistics(const Tensor&, std::int64_t, double);

template <class T>
void row_gradient(const T* g, const T* x, T mean, T rstd, const T* w, T* dx, std::int64_t n) {
  if constexpr (std::is_same_v<T, float>)
    DACT_PICK(layer_norm_row_grad_f32)(g, x, mean, rstd, w, dx, n);
  else
    f64_oracle::layer_norm_row_grad(g, x, mean, rstd, w, dx, n);
}
template void row_gradient(const float*, const float*, float, float, const float*, float*,
                           std::int64_t);
template void row_gradient(const double*, const double*, double, double, const double*, double*,
                           std::int64_t);

namespace {

template <class T>
Tensor forward_as(const Tensor& x, std::int64_t n, const Tensor& weight, const Tensor& bias,
                  double eps) {
  const Tensor in = x.contiguous();
  Tensor out = empty(x.shape(), x.dtype());
  if (x.numel() == 0) return out;
  const Statistics<T> s = statistics<T>(in, n, eps);
  const Tensor w = weight.defined() ? weight.contiguous() : Tensor();
  const Tensor b = bias.defined() ? bias.contiguous() : Tensor();
  const T *px = in.data<T>(), *pw = w.defined() ? w.data<T>() : nullptr,
          *pb = b.defined() ? b.data<T>() : nullptr;
  const T *mean = s.mean.data(), *rstd = s.rstd.data();
  T* py = out.mutate<T>();
  parallel_ranges(in.numel() / n, (1 << 14) / n + 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      if constexpr (std::is_same_v<T, float>)
        DACT_PICK(layer_norm_row_f32)(px + r * n, mean[r], rstd[r], pw, pb, py + r * n, n);
      else
        f64_oracle::layer_norm_row(px + r * n, mean[r], rstd[r], pw, pb, py + r * n, n);
    }
  });
  return out;
}

}  // namespace

Cost cost(std::span<const Tensor> in, std::span<const Tensor>, const Attrs&) {
  const auto n = static_cast<double>(in[0].numel());
  return {10 * n, 3.0 * static_cast<double>(size_of(in[0].dtype())) * n};
}

}  // namespace layer_norm_room

Tensor layer_norm(const Tensor& x, std::int64_t axes, const Tensor& weight, const Tensor& bias,
                  double eps) {
  const Shape row = layer_norm_room::check(x, axes, weight, bias, eps);
  if (on_device(x)) return norm::layer_norm_on_device(x, numel_of(row), weight, bias, eps);
  return dispatch_float("layer_norm", x, [&]<class T>() {
    return layer_norm_room::forward_as<T>(x, numel_of(row), weight, bias, eps);
  });
}

const OpDef layer_norm_op{
    .name = "layer_norm",
    .equation = "y = (x - mean) w / sqrt(var + eps) + b over the last axes",
    .group = OpGroup::norm,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {layer_norm(in[0], a.i64("axes"), in[1], in[2], a.f64("eps"))};
    },
    .vjp = layer_norm_room::vjp,
    .samples = layer_norm_room::samples,
    .bad_samples = layer_norm_room::bad_samples,
    .tolerance = {Tolerance::Unit::scaled, 4},
    .cost = layer_norm_room::cost,
};

}  // namespace dact
