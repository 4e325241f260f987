// y = a' b', where a' is a or its transpose:   da' = g b'^T,  db' = a'^T g.   Written for a and b
// themselves:
//   da = g b'^T                or, transposed,  b' g^T
//   db = a'^T g                or, transposed,  g^T a'
// A batch axis that was broadcast is summed: products of the batches, ascending.
#include "tensor/ops/contract/contract.device.hpp"
#include "tensor/ops/matmul/matmul.room.hpp"

namespace dact::matmul_room {
namespace {

/// For each batch of `big` the matrix of `small` that it reads.
std::vector<std::int64_t> matrix_of_batches(const Shape& big, const Shape& small) {
  const int shift = big.rank() - small.rank();
  std::int64_t batches = 1;
  for (int axis = 0; axis < big.rank() - 2; ++axis) batches *= big[axis];
  std::vector<std::int64_t> of(static_cast<std::size_t>(batches));
  for (std::size_t i = 0; i < of.size(); ++i) {
    std::int64_t rest = static_cast<std::int64_t>(i), step = 1;
    for (int axis = big.rank() - 3; axis >= shift; --axis) {
      const std::int64_t size = small[axis - shift];
      of[i] += size == 1 ? 0 : rest % big[axis] * step;
      step *= size;
      rest /= big[axis];
    }
  }
  return of;
}

/// Adds the matrices of the batches that read the same matrix of `shape`, ascending, starting at
/// +0.
template <class T>
void add_batches(const Tensor& from, Tensor& to, std::int64_t matrix) {
  const Shape& big = from.shape();
  const Shape small = to.shape();
  const int shift = big.rank() - small.rank();
  T* out = to.mutate<T>();
  std::fill_n(out, to.numel(), T(0));
  const T* in = from.data<T>();
  for (std::int64_t i = 0; i < from.numel() / matrix; ++i, in += matrix) {
    std::int64_t rest = i, step = matrix, at = 0;
    for (int axis = big.rank() - 3; axis >= shift; --axis) {
      const std::int64_t size = small[axis - shift];
      at += size == 1 ? 0 : rest % big[axis] * step;
      step *= size;
      rest /= big[axis];
    }
    for (std::int64_t j = 0; j < matrix; ++j) out[at + j] = out[at + j] + in[j];
  }
}

Tensor reduce_batches(const Tensor& d, const Shape& shape) {
  if (d.shape() == shape) return d;
  Tensor out = empty(shape, d.dtype(), d.device());
  const std::int64_t matrix = shape[shape.rank() - 2] * shape.back();
  if (matrix == 0) return out;
  if (on_device(d)) {
    contract::add_batches_on_device(d, matrix_of_batches(d.shape(), shape), matrix, out);
    return out;
  }
  dispatch_float("matmul gradient", d, [&]<class T>() { add_batches<T>(d, out, matrix); });
  return out;
}

}  // namespace

Tensors vjp(const VjpCtx& c) {
  const bool ta = c.attrs.flag("transpose_a"), tb = c.attrs.flag("transpose_b");
  const Tensor &a = c.in[0], &b = c.in[1], &g = c.grad[0];
  Tensors d(2);
  if (c.wanted[0])
    d[0] = reduce_batches(ta ? matmul(b, g, {.transpose_a = tb, .transpose_b = true})
                             : matmul(g, b, {.transpose_b = !tb}),
                          c.in_shapes[0]);
  if (c.wanted[1])
    d[1] = reduce_batches(tb ? matmul(g, a, {.transpose_a = true, .transpose_b = ta})
                             : matmul(a, g, {.transpose_a = !ta}),
                          c.in_shapes[1]);
  return d;
}

}  // namespace dact::matmul_room
