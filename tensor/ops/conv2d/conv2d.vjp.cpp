// y[p, n] = sum_{t, c} x[p s + t, c] w[n, c, t] + bias[n]                      p: position, t: tap
//   dx[q, c]    = sum_{t, n: q = p s + t} g[p, n] w[n, c, t]                   a gather over the
//   taps that land on an output dw[n, c, t] = sum_p g[p, n] x[p s + t, c] dbias[n]    = sum_p g[p,
//   n]
// Saves x (for dw) and the weight (for dx); y is not needed.
#include "tensor/ops/conv2d/conv2d.room.hpp"

namespace dact::conv2d_room {

Tensors vjp(const VjpCtx& c) {
  const Conv2dOptions options = options_of(c.attrs);
  const Tensor& g = c.grad[0];
  Tensors d(3);
  if (c.wanted[0]) d[0] = conv2d_data_gradient(g, c.in[1], c.in_shapes[0], options);
  if (c.wanted[1]) d[1] = conv2d_weight_gradient(g, c.in[0], c.in_shapes[1], options);
  if (c.wanted[2]) d[2] = conv2d_bias_gradient(g);
  return d;
}

}  // namespace dact::conv2d_room
