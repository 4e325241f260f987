#include "tensor/ops/where/where.hpp"

#include "tensor/isa.hpp"
#include "tensor/ops/elementwise/binary.hpp"
#include "tensor/ops/elementwise/blocks.hpp"
#include "tensor/ops/elementwise/elementwise.device.hpp"
#include "tensor/ops/where/where.kernels.hpp"

namespace dact {

namespace where_room {

template <class Bits>
using Kernel = void (*)(const std::uint8_t*, const Bits*, const Bits*, Bits*, std::int64_t);

template <class Bits>
void run(const Tensor& c, const Tensor& a, const Tensor& b, Tensor& out, Kernel<Bits> kernel) {
  const LoopPlan<4> plan(out.shape(), {&out.strides(), &c.strides(), &a.strides(), &b.strides()});
  const BlockReader<std::uint8_t, 4> rc(plan, 1, static_cast<const std::uint8_t*>(c.raw_data()));
  const BlockReader<Bits, 4> ra(plan, 2, static_cast<const Bits*>(a.raw_data()));
  const BlockReader<Bits, 4> rb(plan, 3, static_cast<const Bits*>(b.raw_data()));
  auto* y = static_cast<Bits*>(out.mutate_raw());
  struct Blocks {
    Block<std::uint8_t> c;
    Block<Bits> a, b;
  };
  const bool flat = rc.flat() && ra.flat() && rb.flat();
  for_each_block<Blocks>(plan, flat, [&](Blocks& block, std::int64_t i, std::int64_t n) {
    kernel(rc.read(i, n, block.c), ra.read(i, n, block.a), rb.read(i, n, block.b), y + i, n);
  });
}

}  // namespace where_room

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  require_dtype("where", "condition", condition, DType::bool_);
  require_defined("where", "a", a);
  require_defined("where", "b", b);
  require_same_kind("where", a, b);
  const Shape both = broadcast_shapes("where", a.shape(), b.shape());
  const Shape shape = broadcast_shapes("where", condition.shape(), both);
  Tensor out = empty_result(shape, {&a, &b, &condition}, a.dtype());
  const Tensor ec = condition.expanded(shape), ea = a.expanded(shape), eb = b.expanded(shape);
  require_one_device("where", {&condition, &a, &b});
  if (on_device(a)) return where_on_device(ec, ea, eb, out);
  switch (size_of(a.dtype())) {
    case 1:
      where_room::run<std::uint8_t>(ec, ea, eb, out, DACT_PICK(where_1));
      break;
    case 2:
      where_room::run<std::uint16_t>(ec, ea, eb, out, DACT_PICK(where_2));
      break;
    case 4:
      where_room::run<std::uint32_t>(ec, ea, eb, out, DACT_PICK(where_4));
      break;
    default:
      where_room::run<std::uint64_t>(ec, ea, eb, out, DACT_PICK(where_8));
      break;
  }
  return out;
}

namespace where_room {

// y = a or b   =>   da = g where condition, else 0;  db the other way round; each summed over repeated axes
Tensors vjp(const VjpCtx& c) {
  const Tensor &condition = c.in[0], &g = c.grad[0], zero = scalar(0, g.dtype()).to(g.device());
  return {Tensor(), c.wanted[1] ? reduce_to(where(condition, g, zero), c.in_shapes[1]) : Tensor(),
          c.wanted[2] ? reduce_to(where(condition, zero, g), c.in_shapes[2]) : Tensor()};
}

std::vector<Sample> samples() {
  using S = InputSpec;
  const auto c = [](Shape s) { return S::boolean(s); };
  const auto x = [](Shape s) { return S::uniform(s, -3, 3); };
  return {{"scalars", {c({}), x({}), x({})}},
          {"one element", {c({1}), x({1}), x({1})}},
          {"empty", {c({0, 3}), x({0, 3}), x({0, 1})}},
          {"equal [2, 3, 5]", {c({2, 3, 5}), x({2, 3, 5}), x({2, 3, 5})}},
          {"equal [2, 3, 2, 5]", {c({2, 3, 2, 5}), x({2, 3, 2, 5}), x({2, 3, 2, 5})}},
          {"b a scalar", {c({3, 7}), x({3, 7}), x({}).shared()}},
          {"condition a row", {c({7}).shared(), x({3, 7}), x({3, 7})}},
          {"condition a column", {c({3, 1}), x({3, 7}), x({3, 7})}},
          {"a and b scalars", {c({3, 7}), x({}).shared(), x({}).shared()}},
          {"all repeat", {c({3, 1, 1}), x({1, 2, 1}).shared(), x({1, 1, 4}).shared()}},
          {"rank 5", {c({2, 1, 3, 1, 2}), x({2, 2, 1, 2, 1}), x({2, 1, 1, 1, 1})}},
          {"integers", {c({3, 5}), S::integers({3, 5}, -9, 9), S::integers({3, 5}, -9, 9)}},
          {"u8",
           {c({2, 5}), S::integers({2, 5}, 0, 9, DType::u8), S::integers({2, 5}, 0, 9, DType::u8)}},
          {"large [3, 5, 1111]", {c({3, 5, 1111}), x({3, 5, 1111}), x({3, 5, 1111})}},
          {"large condition per pixel", {c({2, 1, 37, 41}), x({2, 6, 37, 41}), x({2, 6, 37, 41})}}};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const S c = S::boolean({2, 3}), x = S::uniform({2, 3});
  return {
      {"shapes", {c, x, S::uniform({2, 4})}, {}, ErrorKind::shape, {"where", "[2, 3]", "[2, 4]"}},
      {"condition's shape",
       {S::boolean({4}), x, x},
       {},
       ErrorKind::shape,
       {"where", "[4]", "[2, 3]"}},
      {"condition's dtype",
       {x, x, x},
       {},
       ErrorKind::dtype,
       {"where", "condition must be bool", "f32[2, 3]"}},
      {"dtypes", {c, x, S::integers({2, 3}, 0, 2)}, {}, ErrorKind::dtype, {"where", "i64[2, 3]"}},
      {"no b", {c, x, S::absent()}, {}, ErrorKind::usage, {"where", "b must", "none"}}};
}

Cost cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs&) {
  const auto n = static_cast<double>(out[0].numel());
  return {0, (1.0 + 3.0 * static_cast<double>(size_of(in[1].dtype()))) * n};
}

}  // namespace where_room

const OpDef where_op{
    .name = "where",
    .equation = "y = a where condition, else b",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {where(in[0], in[1], in[2])};
    },
    .vjp = where_room::vjp,
    .saves = {.inputs = 1, .outputs = 0},
    .samples = where_room::samples,
    .bad_samples = where_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = where_room::cost,
};

}  // namespace dact
