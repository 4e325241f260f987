// y[r, n] = sum_k x[r, k] w[n, k] + bias[n]                    r: row
//   dx[r, k] = sum_n g[r, n] w[n, k]
//   dw[n, k] = sum_r g[r, n] x[r, k]          a 1x1 convolution's, where a sample's rows are its
//   positions dbias[n] = sum_r g[r, n]
// Saves x (for dw) and the weight (for dx).
#include "tensor/ops/contract/contract.device.hpp"
#include "tensor/ops/contract/contract.hpp"
#include "tensor/ops/conv2d/conv2d.kernels.hpp"
#include "tensor/ops/linear/linear.kernels.hpp"
#include "tensor/ops/linear/linear.room.hpp"

namespace dact::linear_room {
namespace {

void data_gradient_f32(const float* g, const Tensor& weight, float* dx, std::int64_t rows) {
  const std::int64_t out = weight.size(0), in = weight.size(1);
  const contract::Panels panels(in, out);
  const Tensor packed = contract::packed_weight(weight, /*use=*/1, panels, {1, 0, in, 1, out});
  contract::run_product({.rows = rows,
                         .a = g,
                         .a_step = out,
                         .panels = packed.data<float>(),
                         .out = dx,
                         .out_step = in},
                        panels);
}

Tensor data_gradient(const Tensor& g, const Tensor& weight, const Shape& shape) {
  Tensor dx = empty(shape, g.dtype(), g.device());
  const Tensor w = weight.contiguous();
  const std::int64_t rows = numel_of(shape.without(shape.rank() - 1));
  if (on_device(g))
    contract::run_on_device({.name = "linear data gradient",
                             .batch = 1,
                             .rows = rows,
                             .columns = w.size(1),
                             .terms = w.size(0),
                             .a = {.data = device_data<float>(g), .line = w.size(0)},
                             .b = {.data = device_data<float>(w), .line = 1, .term = w.size(1)},
                             .out = {.data = device_mutate<float>(dx), .line = w.size(1)}});
  else if (g.dtype() == DType::f32)
    data_gradient_f32(g.data<float>(), w, dx.mutate<float>(), rows);
  else
    data_gradient_plain(g.data<double>(), w.data<double>(), dx.mutate<double>(), rows, w.size(1),
                        w.size(0));
  return dx;
}

/// Axis 0 is the sample, the axes between are its rows; a vector is one sample of one row.
struct Rows {
  std::int64_t batch, rows;
  explicit Rows(const Shape& x) : batch(x.rank() > 1 ? x[0] : 1), rows(1) {
    for (int axis = 1; axis + 1 < x.rank(); ++axis) rows *= x[axis];
  }
};

Tensor weight_gradient(const Tensor& g, const Tensor& x, const Shape& shape) {
  Tensor dw = empty(shape, g.dtype(), g.device());
  const Rows r(x.shape());
  const Tensor in = x.contiguous();
  if (on_device(g)) {
    if (dw.numel() == 0 || g.numel() == 0)
      clear_storage(dw);
    else
      contract::conv_weight_gradient_on_device(
          {r.batch, shape[1], 1, r.rows, shape[0], 1, r.rows, 1, 1, 1, 1, 0, 0, 1, 1, 1}, g, in,
          dw);
  } else if (g.dtype() == DType::f32)
    contract::run_outer({in.data<float>(), g.data<float>(), dw.mutate<float>(), r.batch, 1, r.rows,
                         1, r.rows, 1, shape[1], shape[0], 1, 1, 1, 1, 0, 0, 1, 1});
  else
    conv2d_room::weight_gradient_plain<double>(
        {r.batch, shape[1], 1, r.rows, shape[0], 1, r.rows, 1, 1, 1, 1, 0, 0, 1, 1, 1},
        g.data<double>(), in.data<double>(), dw.mutate<double>());
  return dw;
}

Tensor bias_gradient(const Tensor& g) {
  const std::int64_t out = g.size(-1);
  Tensor db = empty({out}, g.dtype(), g.device());
  const Rows r(g.shape());
  if (on_device(g))
    contract::sum_rows_on_device(g, r.batch, r.rows, out, db);
  else if (g.dtype() == DType::f32)
    contract::sum_rows(g.data<float>(), r.batch, r.rows, out, db.mutate<float>());
  else
    conv2d_room::bias_gradient_plain(g.data<double>(), r.batch, r.rows, out, db.mutate<double>());
  return db;
}

}  // namespace

Tensors vjp(const VjpCtx& c) {
  const Tensor g = c.grad[0].contiguous();
  Tensors d(3);
  if (c.wanted[0]) d[0] = data_gradient(g, c.in[1], c.in_shapes[0]);
  if (c.wanted[1]) d[1] = weight_gradient(g, c.in[0], c.in_shapes[1]);
  if (c.wanted[2]) d[2] = bias_gradient(g);
  return d;
}

}  // namespace dact::linear_room
