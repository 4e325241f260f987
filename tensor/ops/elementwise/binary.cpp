#include "tensor/ops/elementwise/binary.hpp"

#include <type_traits>

#include "binary_includes.inc"
#include "tensor/device.hpp"
#include "tensor/isa.hpp"
#include "tensor/ops/elementwise/binary.kernels.hpp"
#include "tensor/ops/elementwise/blocks.hpp"
#include "tensor/ops/elementwise/elementwise.device.hpp"
#include "tensor/ops/elementwise/types.hpp"
#include "tensor/ops/sum/sum.hpp"

namespace dact {
namespace {

// By BinaryId: the groups of element types served, and whether the answer is a bool.
constexpr int kTypes[] = {
#define DACT_ENTRY(op) op##_fn::types,
#include "binary_list.inc"
#undef DACT_ENTRY
};
constexpr bool kIsPredicate[] = {
#define DACT_ENTRY(op) std::is_same_v<decltype(op##_fn::f<float>(0.0f, 0.0f)), bool>,
#include "binary_list.inc"
#undef DACT_ENTRY
};

int group_of(DType t) {
  return is_float(t) ? kFloats : is_integer(t) ? kIntegers : t == DType::bool_ ? kBools : 0;
}

void require_served(int types, std::string_view name, const Tensor& a, const Tensor& b) {
  if ((types & group_of(a.dtype())) != 0) return;
  std::string list = (types & kFloats) != 0 ? "f32, f64" : "";
  if ((types & kIntegers) != 0) list += std::string(list.empty() ? "" : ", ") + "i64, i32, u8";
  if ((types & kBools) != 0) list += std::string(list.empty() ? "" : ", ") + "bool";
  throw DtypeError(name, "operands must be of " + list + ", got " + a.str() + " and " + b.str());
}

// kernel(a, b, y, n) over dense runs of T; y counts bytes because the result may be of bool.
template <class T, class F>
void run(const LoopPlan<3>& plan, const Tensor& a, const Tensor& b, std::byte* y,
         std::int64_t y_size, F&& kernel) {
  const BlockReader<T, 3> ra(plan, 1, a.data<T>()), rb(plan, 2, b.data<T>());
  using Blocks = Block<T>[2];
  const bool flat = ra.flat() && rb.flat();
  for_each_block<Blocks>(plan, flat, [&](Blocks& block, std::int64_t i, std::int64_t n) {
    kernel(ra.read(i, n, block[0]), rb.read(i, n, block[1]), y + i * y_size, n);
  });
}

template <class T, class F>
void run_grad(const LoopPlan<4>& plan, const Tensor& g, const Tensor& a, const Tensor& b, T* d,
              F&& kernel) {
  const BlockReader<T, 4> rg(plan, 1, g.data<T>()), ra(plan, 2, a.data<T>());
  const BlockReader<T, 4> rb(plan, 3, b.data<T>());
  using Blocks = Block<T>[3];
  const bool flat = rg.flat() && ra.flat() && rb.flat();
  for_each_block<Blocks>(plan, flat, [&](Blocks& block, std::int64_t i, std::int64_t n) {
    kernel(rg.read(i, n, block[0]), ra.read(i, n, block[1]), rb.read(i, n, block[2]), d + i, n);
  });
}

template <class F>
void dispatch_binary(DType dtype, F&& fn) {
  switch (dtype) {
    case DType::f64:
      return fn.template operator()<double>();
    case DType::i64:
      return fn.template operator()<std::int64_t>();
    case DType::i32:
      return fn.template operator()<std::int32_t>();
    case DType::u8:
      return fn.template operator()<std::uint8_t>();
    case DType::bool_:
      return fn.template operator()<bool>();
    default:
      return fn.template operator()<float>();
  }
}

}  // namespace

Tensor empty_result(const Shape& shape, std::initializer_list<const Tensor*> operands,
                    DType dtype) {
  for (const Tensor* x : operands)
    if (x->shape() == shape && x->is_dense()) return empty_like(*x, dtype);
  return empty(shape, dtype, (*operands.begin())->device());
}

Tensor binary(BinaryId id, std::string_view name, const Tensor& a, const Tensor& b) {
  require_defined(name, "a", a);
  require_defined(name, "b", b);
  require_same_kind(name, a, b);
  const int which = static_cast<int>(id);
  require_served(kTypes[which], name, a, b);
  const Shape shape = broadcast_shapes(name, a.shape(), b.shape());
  Tensor out = empty_result(shape, {&a, &b}, kIsPredicate[which] ? DType::bool_ : a.dtype());
  const Tensor ea = a.expanded(shape), eb = b.expanded(shape);
  const LoopPlan<3> plan(shape, {&out.strides(), &ea.strides(), &eb.strides()});
  if (on_device(a)) return binary_on_device(which, plan, ea, eb, out);
  auto* y = static_cast<std::byte*>(out.mutate_raw());
  const auto y_size = static_cast<std::int64_t>(size_of(out.dtype()));
  dispatch_binary(a.dtype(), [&]<class T>() {
    run<T>(
        plan, ea, eb, y, y_size,
        [which, fast = DACT_PICK(binary_f32)](const T* pa, const T* pb, void* py, std::int64_t n) {
          if constexpr (std::is_same_v<T, float>)
            fast(which, pa, pb, py, n);
          else
            binary_plain<T>(which, pa, pb, py, n);
        });
  });
  return out;
}

Tensor binary_grad(BinaryId id, int side, const Tensor& g, const Tensor& a, const Tensor& b) {
  Tensor out = empty_result(g.shape(), {&a, &b}, g.dtype());
  const Tensor ea = a.expanded(g.shape()), eb = b.expanded(g.shape());
  const LoopPlan<4> plan(g.shape(), {&out.strides(), &g.strides(), &ea.strides(), &eb.strides()});
  const int which = static_cast<int>(id);
  if (on_device(g)) return binary_grad_on_device(which, side, plan, g, ea, eb, out);
  dispatch_float("binary_grad", g, [&]<class T>() {
    run_grad<T>(plan, g, ea, eb, out.mutate<T>(),
                [which, side, fast = DACT_PICK(binary_grad_f32)](
                    const T* pg, const T* pa, const T* pb, T* d, std::int64_t n) {
                  if constexpr (std::is_same_v<T, float>)
                    fast(which, side, pg, pa, pb, d, n);
                  else
                    binary_grad_f64(which, side, pg, pa, pb, d, n);
                });
  });
  return out;
}

Tensor reduce_to(const Tensor& g, const Shape& shape) {
  if (g.shape() == shape) return g;
  const int lead = g.rank() - shape.rank();
  std::vector<std::int64_t> axes;
  for (int i = 0; i < g.rank(); ++i)
    if (i < lead || (shape[i - lead] == 1 && g.shape()[i] != 1)) axes.push_back(i);
  return sum(g, axes, /*keep_axes=*/true).reshaped(shape);
}

std::vector<Sample> binary_samples(double low_a, double high_a, double low_b, double high_b) {
  const auto a = [&](Shape s) { return InputSpec::uniform(s, low_a, high_a); };
  const auto b = [&](Shape s) { return InputSpec::uniform(s, low_b, high_b); };
  return {{"scalars", {a({}), b({})}},
          {"one element", {a({1}), b({1})}},
          {"empty", {a({0}), b({0})}},
          {"empty by broadcast", {a({2, 0}), b({2, 1})}},
          {"equal [2, 3, 5]", {a({2, 3, 5}), b({2, 3, 5})}},
          {"equal [2, 3, 2, 5]", {a({2, 3, 2, 5}), b({2, 3, 2, 5})}},
          {"b a row", {a({3, 7}), b({7}).shared()}},
          {"a a row", {a({7}).shared(), b({3, 7})}},
          {"b a column", {a({3, 7}), b({3, 1})}},
          {"b a scalar", {a({3, 7}), b({}).shared()}},
          {"both repeat", {a({3, 1, 2}), b({1, 5, 1}).shared()}},
          {"b per channel", {a({2, 3, 2, 5}), b({3, 1, 1}).shared()}},
          {"rank 5", {a({2, 1, 3, 1, 2}), b({2, 2, 1, 2, 1})}},
          {"large [3, 5, 1111]", {a({3, 5, 1111}), b({3, 5, 1111})}},
          {"large b per channel", {a({2, 6, 37, 41}), b({6, 1, 1}).shared()}},
          {"large b a column", {a({2, 7, 1303}), b({2, 7, 1})}}};
}

std::vector<BadSample> binary_bad_samples(std::string name, int types) {
  using S = InputSpec;
  const bool floats = (types & kFloats) != 0;
  const auto good = [&](Shape s) { return floats ? S::uniform(s) : S::boolean(s); };
  std::vector<BadSample> bad = {
      {"shapes", {good({2, 3}), good({2, 4})}, {}, ErrorKind::shape, {name, "[2, 3]", "[2, 4]"}},
      {"ranks",
       {good({4, 2}), good({3, 4, 3})},
       {},
       ErrorKind::shape,
       {name, "[4, 2]", "[3, 4, 3]"}},
      {"dtypes",
       {good({2, 3}), S::integers({2, 3}, 0, 4)},
       {},
       ErrorKind::dtype,
       {name, "i64[2, 3]"}},
      {"no b", {good({2}), S::absent()}, {}, ErrorKind::usage, {name, "b must", "none"}},
      {"no a", {S::absent(), good({2})}, {}, ErrorKind::usage, {name, "a must", "none"}}};
  if ((types & kBools) == 0)
    bad.push_back(
        {"bools", {S::boolean({2}), S::boolean({2})}, {}, ErrorKind::dtype, {name, "bool[2]"}});
  if ((types & kIntegers) == 0)
    bad.push_back({"integers",
                   {S::integers({2}, 0, 4), S::integers({2}, 0, 4)},
                   {},
                   ErrorKind::dtype,
                   {name, "i64[2]"}});
  return bad;
}

}  // namespace dact
