#include "tensor/ops/max_min/max_min.hpp"

#include <cstring>

#include "tensor/isa.hpp"
#include "tensor/ops/max_min/max_min.kernels.hpp"
#include "tensor/ops/reduce/axes.hpp"
#include "tensor/ops/reduce/blocks.hpp"
#include "tensor/ops/reduce/reduce.device.hpp"
#include "tensor/ops/reduce/samples.hpp"
#include "tensor/ops/scatter/scatter.hpp"

namespace dact {
namespace max_min_room {

// A reduction longer than this is cut into pieces that threads share. Any cut gives the same
// winner.
constexpr std::int64_t kPiece = std::int64_t{1} << 16;

template <class T>
void winners(bool least, const T* x, std::int64_t row_stride, std::int64_t stride, std::int64_t n,
             std::int64_t* index, std::int64_t rows) {
  if constexpr (std::is_same_v<T, float>) {
    if (stride == 1) return DACT_PICK(winner_rows_f32)(least, x, row_stride, n, index, rows);
    if (row_stride == 1) return DACT_PICK(winner_columns_f32)(least, x, stride, n, index, rows);
  }
  winner_plain<T>(least, x, row_stride, stride, n, index, rows);
}

// Piece `k` of every result; index counts from the piece's beginning.
template <class T>
void piece_winners(bool least, const Reduction& r, std::int64_t k, std::int64_t* index) {
  const int last = r.x.rank() - 1;
  const std::int64_t at = k * kPiece, n = std::min(r.n - at, kPiece);
  const std::int64_t stride = n > 1 ? r.x.strides()[last] : 1;
  const T* x = r.x.data<T>() + at * r.x.strides()[last];
  for_each_block(
      r.kept, r.x.strides().without(last), row_major(r.kept), n, [&](const ResultBlock& b) {
        write_block(b, index, [&](std::int64_t first, std::int64_t rows, std::int64_t* to) {
          winners<T>(least, x + b.x + first * b.x_step, b.x_step, stride, n, to, rows);
        });
      });
}

// Offset in r.x of element i of result `at` (row-major over the kept axes).
std::int64_t offset_of(const Reduction& r, std::int64_t at, std::int64_t i) {
  std::int64_t offset = i * r.x.strides().back();
  for (int a = r.kept.rank() - 1; a >= 0; --a) {
    offset += at % r.kept[a] * r.x.strides()[a];
    at /= r.kept[a];
  }
  return offset;
}

// Winners over all pieces, and their values.
template <class T>
ValuesIndices find(bool least, const Reduction& r) {
  const std::int64_t results = numel_of(r.kept), pieces = (r.n + kPiece - 1) / kPiece;
  ValuesIndices y{empty(r.kept, r.x.dtype(), r.x.device()),
                  empty(r.kept, DType::i64, r.x.device())};
  if (on_device(r.x)) {
    winners_on_device(least, r, y.values, y.indices);
    return {y.values.reshaped(r.result), y.indices.reshaped(r.result)};
  }
  Tensor parts = pieces > 1 ? empty({pieces, results}, DType::i64) : y.indices;
  std::int64_t* index = parts.mutate<std::int64_t>();
  const auto piece = [&](std::int64_t k) { piece_winners<T>(least, r, k, index + k * results); };
  if (results != 0 && pieces >= 2 * thread_count())
    parallel_for(pieces, piece);
  else if (results != 0)
    for (std::int64_t k = 0; k < pieces; ++k) piece(k);
  const T* x = r.x.data<T>();
  T* value = y.values.mutate<T>();
  std::int64_t* winner = y.indices.mutate<std::int64_t>();
  parallel_ranges(results, 4096, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      std::int64_t best = index[i];
      for (std::int64_t k = 1; k < pieces; ++k) {
        const std::int64_t next = k * kPiece + index[k * results + i];
        if (wins(least, x[offset_of(r, i, next)], x[offset_of(r, i, best)])) best = next;
      }
      winner[i] = best;
      value[i] = x[offset_of(r, i, best)];
    }
  });
  return {y.values.reshaped(r.result), y.indices.reshaped(r.result)};
}

ValuesIndices run(std::string_view where, bool least, const Tensor& x,
                  std::span<const std::int64_t> axes, bool keep_axis) {
  require_defined(where, "x", x);
  const Reduction r = plan_reduction(where, x, axes, keep_axis);
  if (r.n == 0)
    throw ShapeError(where, "there must be at least one element per result, got " + x.str());
  return dispatch_number(where, x, [&]<class T>() { return find<T>(least, r); });
}

ValuesIndices call(std::string_view where, bool least, std::span<const Tensor> in, const Attrs& a) {
  if (!a.has("axis")) return run(where, least, in[0], {}, a.flag("keep_axis"));
  const std::int64_t axis = a.i64("axis");
  return run(where, least, in[0], std::span(&axis, 1), a.flag("keep_axis"));
}

// y = x[k]   =>   dx_k = g, +0 elsewhere
Tensors vjp(const VjpCtx& c) {
  const Shape& shape = c.in_shapes[0];
  if (!c.attrs.has("axis")) {
    const Shape flat{numel_of(shape)};
    return {
        scatter_unique(c.grad[0].reshaped({1}), c.out[1].reshaped({1}), flat, 0).reshaped(shape)};
  }
  std::int64_t axis = c.attrs.i64("axis");
  if (axis < 0) axis += shape.rank();
  const Shape kept = shape.with(static_cast<int>(axis), 1);
  return {scatter_unique(c.grad[0].reshaped(kept), c.out[1].reshaped(kept), shape,
                         static_cast<int>(axis))};
}

std::vector<Sample> samples() {
  using S = InputSpec;
  std::vector<Sample> s;
  const auto add = [&](std::string label, S x, int axis, bool keep = false) {
    s.push_back({label + x.shape.str() + " axis " + std::to_string(axis),
                 {x},
                 {{"axis", axis}, {"keep_axis", keep}}});
  };
  add("", S::distinct({5, 7}), 1);
  add("", S::distinct({3, 5}), -1, true);
  add("", S::distinct({2, 5, 3}), 1);
  add("", S::distinct({2, 3, 2, 5}), 3, true);
  add("", S::distinct({2, 2, 3, 2, 2}), 2);
  add("one each ", S::distinct({4, 1}), 1);
  add("no result ", S::distinct({0, 3}), 1);
  add("ties ", S::of({1, 6}, {1, 3, -2, 3, -2, 0}).fixed(), 1);
  add("zeros ", S::of({2, 3}, {-0.0, 0.0, -0.0, 0.0, -0.0, 0.0}).fixed(), 1);
  add("along samples ", S::distinct({7, 3}).shared(), 0);
  s.push_back({"all of a scalar", {S::distinct({}).shared()}, {{"keep_axis", false}}});
  s.push_back({"all of [3, 5]", {S::distinct({3, 5}).shared()}, {{"keep_axis", false}}});
  add("large ", S::distinct({2, 5003}), 1);
  add("large ", S::distinct({2, 333, 67}), 1);
  add("large ", S::distinct({2, 3, 140001}), 2);
  s.push_back({"large, all of [3, 1100, 67]",
               {S::distinct({3, 1100, 67}).shared()},
               {{"keep_axis", true}}});
  return s;
}

std::vector<BadSample> bad_samples(const char* name) {
  using S = InputSpec;
  const auto along = [](int axis) { return Attrs{{"axis", axis}, {"keep_axis", false}}; };
  return {{"axis out of range",
           {S::uniform({2, 3})},
           along(2),
           ErrorKind::shape,
           {name, "axis 2", "[2, 3]"}},
          {"empty", {S::uniform({2, 0})}, along(1), ErrorKind::shape, {name, "[2, 0]"}},
          {"bool x", {S::boolean({2, 3})}, along(1), ErrorKind::dtype, {name, "bool[2, 3]"}},
          {"no x", {S::absent()}, along(0), ErrorKind::usage, {name, "none"}}};
}

template <bool least>
Tensors values_of(std::span<const Tensor> in, const Attrs& a) {
  ValuesIndices y = call(least ? "min" : "max", least, in, a);
  return {y.values, y.indices};
}
template <bool least>
Tensors index_of(std::span<const Tensor> in, const Attrs& a) {
  return {call(least ? "argmin" : "argmax", least, in, a).indices};
}

}  // namespace max_min_room

using max_min_room::run;
ValuesIndices max(const Tensor& x, std::int64_t axis, bool keep_axis) {
  return run("max", false, x, std::span(&axis, 1), keep_axis);
}
ValuesIndices max(const Tensor& x) { return run("max", false, x, {}, false); }
ValuesIndices min(const Tensor& x, std::int64_t axis, bool keep_axis) {
  return run("min", true, x, std::span(&axis, 1), keep_axis);
}
ValuesIndices min(const Tensor& x) { return run("min", true, x, {}, false); }
Tensor argmax(const Tensor& x, std::int64_t axis, bool keep_axis) {
  return run("argmax", false, x, std::span(&axis, 1), keep_axis).indices;
}
Tensor argmax(const Tensor& x) { return run("argmax", false, x, {}, false).indices; }
Tensor argmin(const Tensor& x, std::int64_t axis, bool keep_axis) {
  return run("argmin", true, x, std::span(&axis, 1), keep_axis).indices;
}
Tensor argmin(const Tensor& x) { return run("argmin", true, x, {}, false).indices; }

const OpDef max_op{
    .name = "max",
    .equation = "y = x[k], k = argmax_i x_i",
    .group = OpGroup::reduction,
    .forward = max_min_room::values_of<false>,
    .vjp = max_min_room::vjp,
    .saves = {.inputs = 0, .outputs = 2},
    .samples = max_min_room::samples,
    .bad_samples = [] { return max_min_room::bad_samples("max"); },
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = reduction_cost<1>,
};

const OpDef min_op{
    .name = "min",
    .equation = "y = x[k], k = argmin_i x_i",
    .group = OpGroup::reduction,
    .forward = max_min_room::values_of<true>,
    .vjp = max_min_room::vjp,
    .saves = {.inputs = 0, .outputs = 2},
    .samples = max_min_room::samples,
    .bad_samples = [] { return max_min_room::bad_samples("min"); },
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = reduction_cost<1>,
};

const OpDef argmax_op{
    .name = "argmax",
    .equation = "y = first k with x_k = max_i x_i",
    .group = OpGroup::reduction,
    .forward = max_min_room::index_of<false>,
    .no_gradient = "an index is piecewise constant",
    .saves = Saves::none(),
    .samples = max_min_room::samples,
    .bad_samples = [] { return max_min_room::bad_samples("argmax"); },
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = reduction_cost<1>,
};

const OpDef argmin_op{
    .name = "argmin",
    .equation = "y = first k with x_k = min_i x_i",
    .group = OpGroup::reduction,
    .forward = max_min_room::index_of<true>,
    .no_gradient = "an index is piecewise constant",
    .saves = Saves::none(),
    .samples = max_min_room::samples,
    .bad_samples = [] { return max_min_room::bad_samples("argmin"); },
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = reduction_cost<1>,
};

}  // namespace dact
