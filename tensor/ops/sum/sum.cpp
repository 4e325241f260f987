#include "tensor/ops/sum/sum.hpp"

#include "tensor/isa.hpp"
#include "tensor/loop.hpp"
#include "tensor/ops/reduce/axes.hpp"
#include "tensor/ops/sum/sum.kernels.hpp"

namespace dact {
namespace {

// Rows of r.x in the order of the kept axes; `row(plan, rows, x_offset, y_offset)` sums `rows` neighbours.
template <class T, class R, class F>
void sum_all(const Reduction& r, Tensor& out, F&& row) {
  const Shape kept = r.kept;
  Strides in = r.x.strides().without(r.x.rank() - 1);
  const Strides to = row_major(kept);
  const LoopPlan<2> plan(kept, {&to, &in});
  const T* x = r.x.data<T>();
  R* y = out.mutate<R>();
  const std::int64_t stride = r.n > 1 ? r.x.strides().back() : 1;
  if (plan.numel == 0) return;
  const std::int64_t inner = plan.inner(), rows = plan.numel / inner;
  const std::int64_t grain = 16384 / (r.n * inner + 1) + 1;
  if (rows > 1) {
    parallel_ranges(rows, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        std::int64_t at[2];
        plan.row_offsets(i, at);
        row(x + at[1], plan.inner_stride(1), stride, y + at[0], inner);
      }
    });
  } else {
    parallel_ranges(inner, 16384 / (r.n + 1) + 16, [&](std::int64_t begin, std::int64_t end) {
      row(x + begin * plan.inner_stride(1), plan.inner_stride(1), stride, y + begin, end - begin);
    });
  }
}

void sum_f32(const float* x, std::int64_t row_stride, std::int64_t stride, std::int64_t n, float* y,
             std::int64_t rows) {
  if (stride == 1) DACT_PICK(sum_rows_f32)(x, row_stride, n, y, rows);
  else if (row_stride == 1) DACT_PICK(sum_columns_f32)(x, stride, n, y, rows);
  else sum_plain<float>(x, row_stride, stride, n, y, rows);
}

template <class T>
Tensor sum_into_i64(const Reduction& r) {
  Tensor out = empty(r.result, DType::i64, r.x.device());
  sum_all<T, std::int64_t>(r, out, [&](const T* x, std::int64_t rs, std::int64_t s, std::int64_t* y, std::int64_t m) {
    sum_integers<T>(x, rs, s, r.n, y, m);
  });
  return out;
}

}  // namespace

Tensor sum(const Tensor& x, std::span<const std::int64_t> axes, bool keep_axes) {
  require_defined("sum", "x", x);
  const Reduction r = plan_reduction("sum", x, axes, keep_axes);
  if (x.dtype() == DType::bool_) return sum_into_i64<bool>(r);
  return dispatch_number("sum", x, [&]<class T>() {
    if constexpr (std::is_integral_v<T>) {
      return sum_into_i64<T>(r);
    } else {
      Tensor out = empty(r.result, x.dtype(), x.device());
      sum_all<T, T>(r, out, [&](const T* p, std::int64_t rs, std::int64_t s, T* y, std::int64_t rows) {
        if constexpr (std::is_same_v<T, float>) sum_f32(p, rs, s, r.n, y, rows);
        else sum_plain<T>(p, rs, s, r.n, y, rows);
      });
      return out;
    }
  });
}

namespace sum_room {

// y = sum x   =>   dx_i = g: the gradient repeated along the axes (a view, stride 0)
Tensors vjp(const VjpCtx& c) {
  const Shape& shape = c.in_shapes[0];
  return {c.grad[0].reshaped(kept_shape("sum", shape, c.attrs.ints("axes"))).expanded(shape)};
}

std::vector<Sample> samples() {
  using S = InputSpec;
  std::vector<Sample> s;
  const auto add = [&](Shape shape, std::vector<std::int64_t> axes, bool keep, std::string label = "") {
    s.push_back({label + shape.str(), {S::uniform(shape, -2, 2)}, {{"axes", axes}, {"keep_axes", keep}}});
  };
  add({5, 7}, {1}, false);
  add({5, 7}, {-1}, true);
  add({2, 3, 4, 5}, {2, 3}, true);
  add({2, 3, 4, 5}, {1, 3}, false);
  add({3, 0}, {1}, false);
  add({4, 1}, {1}, false);
  add({2, 37}, {1}, false);
  add({2, 3, 17}, {1}, false);
  add({2, 4100}, {1}, false, "large ");
  add({2, 2049, 19}, {1}, false, "large ");
  add({2, 5, 33, 37}, {2, 3}, false, "large ");
  return s;
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto attrs = [](std::vector<std::int64_t> axes) { return Attrs{{"axes", axes}, {"keep_axes", false}}; };
  return {{"axis out of range", {S::uniform({2, 3})}, attrs({2}), ErrorKind::shape, {"sum", "axis 2", "[2, 3]"}},
          {"axis twice", {S::uniform({2, 3})}, attrs({1, -1}), ErrorKind::shape, {"sum", "twice", "[2, 3]"}},
          {"no x", {S::absent()}, attrs({}), ErrorKind::usage, {"sum", "none"}}};
}

Cost cost(std::span<const Tensor> in, std::span<const Tensor>, const Attrs&) {
  const auto n = static_cast<double>(in[0].numel());
  return {n, static_cast<double>(size_of(in[0].dtype())) * n};
}

}  // namespace sum_room

const OpDef sum_op{
    .name = "sum",
    .equation = "y = sum_i x_i",
    .group = OpGroup::reduction,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {sum(in[0], a.ints("axes"), a.flag("keep_axes"))};
    },
    .vjp = sum_room::vjp,
    .saves = Saves::none(),
    .samples = sum_room::samples,
    .bad_samples = sum_room::bad_samples,
    .tolerance = {Tolerance::Unit::scaled, 6},
    .cost = sum_room::cost,
};

}  // namespace dact
