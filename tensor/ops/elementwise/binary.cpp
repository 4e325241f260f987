#include "tensor/ops/elementwise/binary.hpp"

#include <type_traits>

#include "binary_includes.inc"
#include "tensor/isa.hpp"
#include "tensor/loop.hpp"
#include "tensor/ops/elementwise/binary.kernels.hpp"
#include "tensor/ops/sum/sum.hpp"

namespace dact {
namespace {

// Functors that answer with bool; everything else answers in the operands' type.
constexpr bool kIsPredicate[] = {
#define DACT_ENTRY(op) std::is_same_v<decltype(op##_fn::f<float>(0.0f, 0.0f)), bool>,
#include "binary_list.inc"
#undef DACT_ENTRY
};

// Axis order in memory of the result.
Tensor result_like(const Shape& shape, const Tensor& a, const Tensor& b, DType dtype) {
  for (const Tensor* x : {&a, &b})
    if (x->shape() == shape && x->is_dense()) return empty_like(*x, dtype);
  return empty(shape, dtype, a.device());
}

template <class T>
void run_rows(BinaryId id, std::string_view name, const Tensor& a, const Tensor& b, const LoopPlan<3>& plan,
              std::byte* y, std::size_t y_size) {
  const T *pa = a.data<T>(), *pb = b.data<T>();
  const int which = static_cast<int>(id);
  const std::int64_t sa = plan.inner_stride(1), sb = plan.inner_stride(2);
  const auto fast = DACT_PICK(binary_f32);
  for_each_row(plan, [&](std::int64_t n, const std::int64_t (&at)[3]) {
    std::byte* out = y + at[0] * static_cast<std::int64_t>(y_size);
    if constexpr (std::is_same_v<T, float>) {
      fast(which, pa + at[1], sa, pb + at[2], sb, out, n);
    } else if (!binary_plain<T>(which, pa + at[1], sa, pb + at[2], sb, out, n)) {
      throw DtypeError(name, "operands must be f32 or f64, got " + a.str() + " and " + b.str());
    }
  });
}

}  // namespace

Tensor binary(BinaryId id, std::string_view name, const Tensor& a, const Tensor& b) {
  require_defined(name, "a", a);
  require_defined(name, "b", b);
  require_same_kind(name, a, b);
  const Shape shape = broadcast_shapes(name, a.shape(), b.shape());
  Tensor out = result_like(shape, a, b, kIsPredicate[static_cast<int>(id)] ? DType::bool_ : a.dtype());
  const Tensor ea = a.expanded(shape), eb = b.expanded(shape);
  const LoopPlan<3> plan(shape, {&out.strides(), &ea.strides(), &eb.strides()});
  auto* y = static_cast<std::byte*>(out.mutate_raw());
  dispatch_number(name, a, [&]<class T>() { run_rows<T>(id, name, ea, eb, plan, y, size_of(out.dtype())); });
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
          {"equal [2, 3, 4, 5]", {a({2, 3, 4, 5}), b({2, 3, 4, 5})}},
          {"b a row", {a({3, 7}), b({7}).shared()}},
          {"a a row", {a({7}).shared(), b({3, 7})}},
          {"b a column", {a({3, 7}), b({3, 1})}},
          {"b a scalar", {a({3, 7}), b({}).shared()}},
          {"both repeat", {a({3, 1, 2}), b({1, 5, 1}).shared()}},
          {"b per channel", {a({2, 3, 4, 5}), b({3, 1, 1}).shared()}},
          {"large [3, 5, 1111]", {a({3, 5, 1111}), b({3, 5, 1111})}},
          {"large b per channel", {a({2, 6, 37, 41}), b({6, 1, 1}).shared()}}};
}

std::vector<BadSample> binary_bad_samples(std::string name) {
  using S = InputSpec;
  return {{"shapes", {S::uniform({2, 3}), S::uniform({2, 4})}, {}, ErrorKind::shape, {name, "[2, 3]", "[2, 4]"}},
          {"dtypes", {S::uniform({2, 3}), S::integers({2, 3}, 0, 4)}, {}, ErrorKind::dtype, {name, "i64[2, 3]"}},
          {"bools", {S::boolean({2}), S::boolean({2})}, {}, ErrorKind::dtype, {name, "bool[2]"}},
          {"no b", {S::uniform({2}), S::absent()}, {}, ErrorKind::usage, {name, "none"}}};
}

}  // namespace dact
