#include "tensor/ops/matmul/matmul.hpp"

#include "tensor/ops/contract/contract.device.hpp"
#include "tensor/ops/contract/contract.hpp"
#include "tensor/ops/matmul/matmul.kernels.hpp"
#include "tensor/ops/matmul/matmul.room.hpp"

namespace dact {
namespace {

Shape batches(const Shape& s) { return Shape(std::span(s.begin(), s.end() - 2)); }

/// For each batch of the result the batch of the operand that it reads.
std::vector<std::int64_t> batch_index(const Shape& result, const Shape& operand) {
  std::vector<std::int64_t> index(static_cast<std::size_t>(numel_of(result)));
  const int shift = result.rank() - operand.rank();
  for (std::size_t i = 0; i < index.size(); ++i) {
    std::int64_t rest = static_cast<std::int64_t>(i), step = 1;
    for (int axis = result.rank() - 1; axis >= shift; --axis) {
      const std::int64_t size = operand[axis - shift];
      index[i] += size == 1 ? 0 : rest % result[axis] * step;
      step *= size;
      rest /= result[axis];
    }
  }
  return index;
}

/// Sizes of one call; the operands are row-major, b maybe to be read transposed.
struct Call {
  Tensor a, b;  // [batch, M, K], [batch, K, N] or [batch, N, K]
  std::int64_t m, n, k;
  bool transpose_b;
  std::vector<std::int64_t> a_of, b_of;
};

void run_f32(const Call& c, float* y) {
  const contract::Panels panels(c.n, c.k);
  const std::int64_t b_batches = numel_of(batches(c.b.shape()));
  const contract::Scratch packed(b_batches * panels.floats());
  const contract::WeightLayout layout{c.transpose_b ? c.k : 1, 0, c.transpose_b ? 1 : c.n, 1, c.k};
  contract::pack(panels, c.b.data<float>(), layout, packed.data(), b_batches, c.k * c.n);
  contract::run_product({.batch = static_cast<std::int64_t>(c.a_of.size()),
                         .rows = c.m,
                         .a = c.a.data<float>(),
                         .a_step = c.k,
                         .a_batch = c.m * c.k,
                         .panels = packed.data(),
                         .panels_batch = panels.floats(),
                         .out = y,
                         .out_step = c.n,
                         .out_batch = c.m * c.n},
                        panels, c.a_of.data(), c.b_of.data());
}

void run_on_device(const Call& c, Tensor& y) {
  contract::run_on_device(
      {.name = "matmul",
       .batch = static_cast<std::int64_t>(c.a_of.size()),
       .rows = c.m,
       .columns = c.n,
       .terms = c.k,
       .a = {.data = device_data<float>(c.a), .line = c.k, .outer = c.m * c.k, .matrix_of = c.a_of},
       .b = {.data = device_data<float>(c.b),
             .line = c.transpose_b ? c.k : 1,
             .term = c.transpose_b ? 1 : c.n,
             .outer = c.k * c.n,
             .matrix_of = c.b_of},
       .out = {.data = device_mutate<float>(y), .line = c.n, .outer = c.m * c.n}});
}

void run_f64(const Call& c, double* y) {
  const std::int64_t a_step[] = {c.k, 1};
  const std::int64_t b_step[] = {c.transpose_b ? 1 : c.n, c.transpose_b ? c.k : 1};
  for (std::size_t i = 0; i < c.a_of.size(); ++i)
    matmul_room::product_plain(c.a.data<double>() + c.a_of[i] * c.m * c.k, a_step,
                               c.b.data<double>() + c.b_of[i] * c.k * c.n, b_step,
                               y + static_cast<std::int64_t>(i) * c.m * c.n, c.m, c.n, c.k);
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options) {
  require_float("matmul", "a", a);
  require_defined("matmul", "b", b);
  require_same_kind("matmul", a, b);
  const std::string shapes = "a " + a.str() + (options.transpose_a ? " transposed" : "") + ", b " +
                             b.str() + (options.transpose_b ? " transposed" : "");
  if (a.rank() < 2 || b.rank() < 2)
    throw ShapeError("matmul", "operands must have rank 2 or more, got " + shapes);
  Call c{options.transpose_a ? a.transposed(-2, -1).contiguous() : a.contiguous(),
         b.contiguous(),
         a.size(options.transpose_a ? -1 : -2),
         b.size(options.transpose_b ? -2 : -1),
         a.size(options.transpose_a ? -2 : -1),
         options.transpose_b,
         {},
         {}};
  if (b.size(options.transpose_b ? -1 : -2) != c.k)
    throw ShapeError("matmul", "the inner sizes must be equal, got " + shapes);
  Shape shape = broadcast_shapes("matmul", batches(a.shape()), batches(b.shape()));
  c.a_of = batch_index(shape, batches(a.shape()));
  c.b_of = batch_index(shape, batches(b.shape()));
  shape.push_back(c.m);
  shape.push_back(c.n);
  Tensor y = empty(shape, a.dtype(), a.device());
  if (on_device(a))
    run_on_device(c, y);
  else if (a.dtype() == DType::f32)
    run_f32(c, y.mutate<float>());
  else
    run_f64(c, y.mutate<double>());
  return y;
}

const OpDef matmul_op{
    .name = "matmul",
    .equation = "y[..., m, n] = sum_k a[..., m, k] b[..., k, n]",
    .group = OpGroup::product,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {matmul(in[0], in[1],
                     {.transpose_a = a.flag("transpose_a"), .transpose_b = a.flag("transpose_b")})};
    },
    .vjp = matmul_room::vjp,
    .saves = Saves::all_inputs(),
    .samples = matmul_room::samples,
    .bad_samples = matmul_room::bad_samples,
    // roundings of a chain of 300 terms walk at random: about sqrt(300) half units of the largest
    // partial sum
    .tolerance = {Tolerance::Unit::scaled, 28},
    .cost = matmul_room::cost,
};

}  // namespace dact
