#include "tensor/ops/lerp/lerp.hpp"

#include <type_traits>

#include "tensor/isa.hpp"
#include "tensor/ops/elementwise/binary.hpp"
#include "tensor/ops/elementwise/blocks.hpp"
#include "tensor/ops/elementwise/elementwise.device.hpp"
#include "tensor/ops/lerp/lerp.kernels.hpp"
#include "tensor/ops/mul/mul.hpp"
#include "tensor/ops/sub/sub.hpp"

namespace dact {

Tensor lerp(const Tensor& a, const Tensor& b, const Tensor& t) {
  require_float("lerp", "a", a);
  require_defined("lerp", "b", b);
  require_defined("lerp", "t", t);
  require_same_kind("lerp", a, b);
  require_same_kind("lerp", a, t);
  const Shape shape =
      broadcast_shapes("lerp", broadcast_shapes("lerp", a.shape(), b.shape()), t.shape());
  Tensor out = empty_result(shape, {&a, &b, &t}, a.dtype());
  const Tensor ea = a.expanded(shape), eb = b.expanded(shape), et = t.expanded(shape);
  const LoopPlan<4> plan(shape, {&out.strides(), &ea.strides(), &eb.strides(), &et.strides()});
  if (on_device(a)) return lerp_on_device(plan, ea, eb, et, out);
  dispatch_float("lerp", a, [&]<class T>() {
    const auto fast = DACT_PICK(lerp_f32);
    T* y = out.mutate<T>();
    const BlockReader<T, 4> ra(plan, 1, ea.data<T>()), rb(plan, 2, eb.data<T>());
    const BlockReader<T, 4> rt(plan, 3, et.data<T>());
    using Blocks = Block<T>[3];
    const bool flat = ra.flat() && rb.flat() && rt.flat();
    for_each_block<Blocks>(plan, flat, [&](Blocks& block, std::int64_t i, std::int64_t n) {
      const T *pa = ra.read(i, n, block[0]), *pb = rb.read(i, n, block[1]);
      const T* pt = rt.read(i, n, block[2]);
      if constexpr (std::is_same_v<T, float>)
        fast(pa, pb, pt, y + i, n);
      else
        lerp_f64(pa, pb, pt, y + i, n);
    });
  });
  return out;
}

namespace lerp_room {

// y = a + t (b - a)   =>   da = g (1 - t) = g - g t,  db = g t,  dt = g (b - a), each summed over repeated axes
Tensors vjp(const VjpCtx& c) {
  const Tensor &g = c.grad[0], &a = c.in[0], &b = c.in[1], &t = c.in[2];
  Tensors d(3);
  if (c.wanted[0] || c.wanted[1]) {
    const Tensor gt = mul(g, t);
    if (c.wanted[0]) d[0] = reduce_to(sub(g, gt), c.in_shapes[0]);
    if (c.wanted[1]) d[1] = reduce_to(gt, c.in_shapes[1]);
  }
  if (c.wanted[2]) d[2] = reduce_to(mul(g, sub(b, a)), c.in_shapes[2]);
  return d;
}

std::vector<Sample> samples() {
  const auto x = [](Shape s) { return InputSpec::uniform(s, -3, 3); };
  const auto t = [](Shape s) { return InputSpec::uniform(s, 0, 1); };
  return {{"scalars", {x({}), x({}), t({})}},
          {"one element", {x({1}), x({1}), t({1})}},
          {"empty", {x({0, 3}), x({0, 3}), t({0, 1})}},
          {"equal [2, 3, 5]", {x({2, 3, 5}), x({2, 3, 5}), t({2, 3, 5})}},
          {"equal [2, 3, 2, 5]", {x({2, 3, 2, 5}), x({2, 3, 2, 5}), t({2, 3, 2, 5})}},
          {"t a scalar", {x({3, 7}), x({3, 7}), t({}).shared()}},
          {"t per sample", {x({3, 2, 4}), x({3, 2, 4}), t({3, 1, 1})}},
          {"a and b scalars", {x({}).shared(), x({}).shared(), t({13})}},
          {"all repeat", {x({3, 1, 1}), x({1, 2, 1}).shared(), t({1, 1, 4}).shared()}},
          {"rank 5", {x({2, 1, 3, 1, 2}), x({2, 2, 1, 2, 1}), t({2, 1, 1, 1, 1})}},
          {"t beyond [0, 1]", {x({3, 5}), x({3, 5}), InputSpec::uniform({3, 5}, -1, 2)}},
          {"large [3, 5, 1111]", {x({3, 5, 1111}), x({3, 5, 1111}), t({3, 5, 1111})}},
          {"large t per channel", {x({2, 6, 37, 41}), x({2, 6, 37, 41}), t({6, 1, 1}).shared()}}};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const S x = S::uniform({2, 3});
  return {
      {"shapes", {x, S::uniform({2, 4}), x}, {}, ErrorKind::shape, {"lerp", "[2, 3]", "[2, 4]"}},
      {"shape of t", {x, x, S::uniform({4})}, {}, ErrorKind::shape, {"lerp", "[2, 3]", "[4]"}},
      {"dtypes", {x, x, S::integers({2, 3}, 0, 2)}, {}, ErrorKind::dtype, {"lerp", "i64[2, 3]"}},
      {"no t", {x, x, S::absent()}, {}, ErrorKind::usage, {"lerp", "t must", "none"}}};
}

Cost cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs&) {
  const auto n = static_cast<double>(out[0].numel());
  return {3 * n, 4.0 * static_cast<double>(size_of(in[0].dtype())) * n};
}

}  // namespace lerp_room

const OpDef lerp_op{
    .name = "lerp",
    .equation = "y = fma(t, b - a, a)",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs&) -> Tensors {
      return {lerp(in[0], in[1], in[2])};
    },
    .vjp = lerp_room::vjp,
    .saves = Saves::all_inputs(),
    .samples = lerp_room::samples,
    .bad_samples = lerp_room::bad_samples,
    .tolerance = {Tolerance::Unit::scaled, 3},  // y may cancel, so an ulp of it says little
    .cost = lerp_room::cost,
};

}  // namespace dact
