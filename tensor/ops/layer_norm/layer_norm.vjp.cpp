// y = u r w + b,  u = x - mean, r = 1 / sqrt(M2 / n + eps).  With gw = g w per row:
//   dx = r (gw - mean(gw)) - u r^3 mean(gw u)      (mean and r depend on x; the terms of d mean in d r sum to zero)
//   dw = sum over rows of g u r,   db = sum over rows of g
// Saves x and w; the statistics are one read of x.
#include "tensor/ops/add/add.hpp"
#include "tensor/ops/layer_norm/layer_norm.room.hpp"
#include "tensor/ops/norm/norm.device.hpp"
#include "tensor/ops/sum/sum.hpp"
#include "tensor/parallel.hpp"

namespace dact::layer_norm_room {
namespace {

// [rows of all samples, n] -> [n]: each sample's rows by the tree, samples ascending.
Tensor sum_rows(const Tensor& rows, std::int64_t samples, const Shape& shape) {
  const std::int64_t n = numel_of(shape);
  const Tensor parts = sum(rows.reshaped({samples, rows.numel() / samples / n, n}), {1});
  Tensor total = parts.sliced(0, 0, 1);
  for (std::int64_t s = 1; s < samples; ++s) total = add(total, parts.sliced(0, s, s + 1));
  return total.reshaped(shape);
}

template <class T>
Tensors vjp_as(const VjpCtx& c, std::int64_t n, const Shape& row) {
  const Tensor x = c.in[0].contiguous(), g = c.grad[0].contiguous();
  const Tensor w = c.in[1].defined() ? c.in[1].contiguous() : Tensor();
  const Statistics<T> s = statistics<T>(x, n, c.attrs.f64("eps"));
  const T *px = x.data<T>(), *pg = g.data<T>(), *pw = w.defined() ? w.data<T>() : nullptr;
  Tensors out(3);
  out[0] = empty(x.shape(), x.dtype());
  Tensor scaled = empty(x.shape(), x.dtype());  // g u r
  T *dx = out[0].mutate<T>(), *gur = scaled.mutate<T>();
  parallel_ranges(x.numel() / n, (1 << 14) / n + 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const T mean = s.mean[static_cast<std::size_t>(r)],
              rstd = s.rstd[static_cast<std::size_t>(r)];
      row_gradient(pg + r * n, px + r * n, mean, rstd, pw, dx + r * n, n);
      for (std::int64_t i = r * n; i < (r + 1) * n; ++i) gur[i] = pg[i] * ((px[i] - mean) * rstd);
    }
  });
  const std::int64_t samples = x.rank() > row.rank() ? x.shape()[0] : 1;
  if (c.wanted[1]) out[1] = sum_rows(scaled, samples, row);
  if (c.wanted[2]) out[2] = sum_rows(g, samples, row);
  return out;
}

Tensors vjp_on_device(const VjpCtx& c, std::int64_t n, const Shape& row) {
  const Tensor x = c.in[0].contiguous(), g = c.grad[0].contiguous();
  const Tensors d = norm::layer_norm_gradient_on_device(x, g, n, c.in[1], c.attrs.f64("eps"));
  const std::int64_t samples = x.rank() > row.rank() ? x.shape()[0] : 1;
  return {d[0], c.wanted[1] ? sum_rows(d[1], samples, row) : Tensor(),
          c.wanted[2] ? sum_rows(g, samples, row) : Tensor()};
}

}  // namespace

Tensors vjp(const VjpCtx& c) {
  const Shape& x = c.in_shapes[0];
  const auto axes = static_cast<int>(c.attrs.i64("axes"));
  Shape row;
  for (int i = x.rank() - axes; i < x.rank(); ++i) row.push_back(x[i]);
  const Device device = c.in[0].device();
  if (numel_of(x) == 0)
    return {zeros(x, c.dtype, device), zeros(row, c.dtype, device), zeros(row, c.dtype, device)};
  if (on_device(c.in[0])) return vjp_on_device(c, numel_of(row), row);
  return dispatch_float("layer_norm", c.in[0],
                        [&]<class T>() { return vjp_as<T>(c, numel_of(row), row); });
}

}  // namespace dact::layer_norm_room
