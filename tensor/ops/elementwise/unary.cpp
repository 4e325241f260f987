#include "tensor/ops/elementwise/unary.hpp"

#include <type_traits>

#include "tensor/device.hpp"
#include "tensor/isa.hpp"
#include "tensor/math.hpp"
#include "tensor/ops/elementwise/blocks.hpp"
#include "tensor/ops/elementwise/elementwise.device.hpp"
#include "tensor/ops/elementwise/unary.kernels.hpp"
#include "unary_includes.inc"

namespace dact {
namespace {

constexpr bool kIsPredicate[] = {
#define DACT_ENTRY(op) std::is_same_v<decltype(std::declval<op##_fn>().f(0.0f)), bool>,
#include "unary_list.inc"
#undef DACT_ENTRY
};

}  // namespace

Tensor unary(UnaryId id, std::string_view name, const Tensor& x, double a, double b) {
  require_float(name, "x", x);
  const int which = static_cast<int>(id);
  Tensor out = empty_like(x, kIsPredicate[which] ? DType::bool_ : x.dtype());
  const LoopPlan<2> plan(x.shape(), {&out.strides(), &x.strides()});
  if (on_device(x)) return unary_on_device(which, plan, x, out, a, b);
  auto* y = static_cast<std::byte*>(out.mutate_raw());
  const auto y_size = static_cast<std::int64_t>(size_of(out.dtype()));
  dispatch_float(name, x, [&]<class T>() {
    const auto fast = DACT_PICK(unary_f32);
    const BlockReader<T, 2> rx(plan, 1, x.data<T>());
    for_each_block<Block<T>>(plan, rx.flat(), [&](Block<T>& block, std::int64_t i, std::int64_t n) {
      const T* px = rx.read(i, n, block);
      if constexpr (std::is_same_v<T, float>)
        fast(which, px, y + i * y_size, n, a, b);
      else
        unary_f64(which, px, y + i * y_size, n, a, b);
    });
  });
  return out;
}

Tensor unary_grad(UnaryId id, const Tensor& g, const Tensor& x, const Tensor& y, double a,
                  double b) {
  // an operand that was not saved is not read: any other stands in for it
  const Tensor& tx = x.defined() ? x : (y.defined() ? y : g);
  const Tensor& ty = y.defined() ? y : tx;
  Tensor out = empty_like(tx);
  const int which = static_cast<int>(id);
  const LoopPlan<4> plan(g.shape(), {&out.strides(), &g.strides(), &tx.strides(), &ty.strides()});
  if (on_device(g)) return unary_grad_on_device(which, plan, g, tx, ty, out, a, b);
  dispatch_float("unary_grad", g, [&]<class T>() {
    const auto fast = DACT_PICK(unary_grad_f32);
    T* d = out.mutate<T>();
    const BlockReader<T, 4> rg(plan, 1, g.data<T>()), rx(plan, 2, tx.data<T>());
    const BlockReader<T, 4> ry(plan, 3, ty.data<T>());
    const bool flat = rg.flat() && rx.flat() && ry.flat();
    using Blocks = Block<T>[3];
    for_each_block<Blocks>(plan, flat, [&](Blocks& block, std::int64_t i, std::int64_t n) {
      const T *pg = rg.read(i, n, block[0]), *px = rx.read(i, n, block[1]);
      const T* py = ry.read(i, n, block[2]);
      if constexpr (std::is_same_v<T, float>)
        fast(which, pg, px, py, d + i, n, a, b);
      else
        unary_grad_f64(which, pg, px, py, d + i, n, a, b);
    });
  });
  return out;
}

namespace {

template <class F>
std::vector<Sample> samples_of(const Attrs& attrs, F&& values) {
  std::vector<Sample> s;
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{0}, Shape{3, 0, 2}, Shape{7}, Shape{2, 3, 5},
                             Shape{2, 3, 2, 5}, Shape{2, 1, 3, 2, 2}, Shape{3, 19}, Shape{16, 2}})
    s.push_back({"x" + shape.str(), {values(shape)}, attrs});
  for (const Shape& shape : {Shape{5, 3333}, Shape{2, 3, 61, 53}})
    s.push_back({"large " + shape.str(), {values(shape)}, attrs});
  return s;
}

}  // namespace

std::vector<Sample> unary_samples(double low, double high, const Attrs& attrs) {
  return samples_of(attrs, [&](const Shape& s) { return InputSpec::uniform(s, low, high); });
}

std::vector<Sample> unary_distinct_samples(const Attrs& attrs) {
  return samples_of(attrs, [](const Shape& s) { return InputSpec::distinct(s); });
}

std::vector<BadSample> unary_bad_samples(std::string name, const Attrs& attrs) {
  using S = InputSpec;
  return {{"i64", {S::integers({2, 3}, 0, 5)}, attrs, ErrorKind::dtype, {name, "i64[2, 3]"}},
          {"u8", {S::integers({4}, 0, 5, DType::u8)}, attrs, ErrorKind::dtype, {name, "u8[4]"}},
          {"bool", {S::boolean({3})}, attrs, ErrorKind::dtype, {name, "bool[3]"}},
          {"no x", {S::absent()}, attrs, ErrorKind::usage, {name, "none"}}};
}

}  // namespace dact
