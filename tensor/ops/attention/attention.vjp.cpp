// s = scale q k^T + mask,  p = softmax(s),  o = p v.     Rows of p: dp_i/ds_j = p_i (delta_ij - p_j)
//   dv = p^T g              dp = g v^T
//   ds_j = p_j (dp_j - sum_i p_i dp_i)
//   dq = scale ds k         dk = scale ds^T q
// Saves the inputs and computes p again: it is T x S, larger than all of them together at many tokens.
#include "tensor/isa.hpp"
#include "tensor/ops/attention/attention.kernels.hpp"
#include "tensor/ops/attention/attention.room.hpp"
#include "tensor/ops/matmul/matmul.hpp"
#include "tensor/ops/reduce/reduce.device.hpp"
#include "tensor/parallel.hpp"

namespace dact::attention_room {
namespace {

/// p [B, heads, T, S], the same bits as in the forward pass.
template <class T>
Tensor probabilities(const Tensor& q, const Tensor& k, const Tensor& mask, double scale) {
  Tensor p = matmul(q, k, {.transpose_b = true});
  if (on_device(q)) return score_softmax_on_device(p, mask, scale);
  const std::int64_t heads = q.size(1), rows = q.size(2), keys = k.size(2);
  T* data = p.mutate<T>();
  parallel_for(q.size(0) * heads, [&](std::int64_t n) {
    Scores<T> s{data + n * rows * keys, rows, keys, static_cast<T>(scale), nullptr, 0, 0};
    if (mask.defined()) {
      s.mask = mask.data<T>() + n / heads * mask.strides()[0] + n % heads * mask.strides()[1];
      s.mask_row = mask.strides()[2];
      s.mask_column = mask.strides()[3];
    }
    if constexpr (std::is_same_v<T, float>)
      DACT_PICK(attention_softmax)(s);
    else
      softmax_plain(s);
  });
  return p;
}

/// dp becomes ds.
template <class T>
void score_gradient(const Tensor& p, Tensor& dp, double scale) {
  if (on_device(p)) return score_gradient_on_device(p, dp, scale);
  const std::int64_t keys = p.size(3), rows = keys == 0 ? 0 : p.numel() / keys;
  const T* from = p.data<T>();
  T* to = dp.mutate<T>();
  parallel_ranges(rows, 16, [&](std::int64_t r0, std::int64_t r1) {
    if constexpr (std::is_same_v<T, float>) DACT_PICK(attention_score_gradient)
    (from + r0 * keys, to + r0 * keys, r1 - r0, keys, static_cast<T>(scale));
    else score_gradient_plain(from + r0 * keys, to + r0 * keys, r1 - r0, keys, scale);
  });
}

}  // namespace

Tensors vjp(const VjpCtx& c) {
  const Tensor &q = c.in[0], &k = c.in[1], &v = c.in[2], &g = c.grad[0];
  const double scale = scale_of(c.attrs.f64("scale"), q.size(3));
  const Tensor mask = whole_mask(c.in[3], q.shape(), k.shape());
  Tensors d(4);
  dispatch_float("attention gradient", q, [&]<class T>() {
    const Tensor p = probabilities<T>(q, k, mask, scale);
    if (c.wanted[2]) d[2] = matmul(p, g, {.transpose_a = true});
    if (!c.wanted[0] && !c.wanted[1]) return;
    Tensor ds = matmul(g, v, {.transpose_b = true});
    score_gradient<T>(p, ds, scale);
    if (c.wanted[0]) d[0] = matmul(ds, k);
    if (c.wanted[1]) d[1] = matmul(ds, q, {.transpose_a = true});
  });
  return d;
}

}  // namespace dact::attention_room
