#include "tensor/ops/sort/sort.hpp"

#include <algorithm>

#include "tensor/layout.hpp"
#include "tensor/math.hpp"
#include "tensor/ops/scatter/scatter.device.hpp"
#include "tensor/ops/scatter/scatter.hpp"
#include "tensor/parallel.hpp"

namespace dact {
namespace sort_room {

// Order as an unsigned integer: ascending, or descending, NaN last. -0 below +0.
template <class T>
auto key_of(T x, bool descending) {
  using U = decltype(math::bits_of(x));
  constexpr U sign = U{1} << (sizeof(U) * 8 - 1);
  const U b = math::bits_of(x);
  const U up = b & sign ? static_cast<U>(~b) : static_cast<U>(b | sign);
  if (math::isnan(x)) return static_cast<U>(~U{0});
  return descending ? static_cast<U>(~up) : up;
}

// Equal keys by position: any sort is then stable.
template <class T>
struct Entry {
  decltype(math::bits_of(T())) key;
  std::uint32_t at;
  bool operator<(const Entry& b) const { return key != b.key ? key < b.key : at < b.at; }
};

// The first k of the sorted order of n elements, stride `step`, into y and index.
template <class T>
void sort_row(const T* x, std::int64_t step, std::int64_t n, std::int64_t k, bool descending,
              std::vector<Entry<T>>& entries, T* y, std::int64_t* index) {
  entries.resize(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i)
    entries[static_cast<std::size_t>(i)] = {key_of(x[i * step], descending),
                                            static_cast<std::uint32_t>(i)};
  if (k < n)
    std::partial_sort(entries.begin(), entries.begin() + k, entries.end());
  else
    std::sort(entries.begin(), entries.end());
  for (std::int64_t i = 0; i < k; ++i) {
    const std::int64_t from = entries[static_cast<std::size_t>(i)].at;
    y[i * step] = x[from * step];
    index[i * step] = from;
  }
}

ValuesIndices run(std::string_view where, const Tensor& x, std::int64_t axis, std::int64_t k,
                  bool descending) {
  const int at = require_axis(where, x, axis);
  const AxisSizes a(x.shape(), at);
  if (a.n > std::int64_t{0xffffffff})
    throw ShapeError(where, "the axis must have fewer than 2^32 elements, got " + x.str());
  const Tensor in = x.contiguous();
  ValuesIndices y{empty(x.shape().with(at, k), x.dtype(), x.device()),
                  empty(x.shape().with(at, k), DType::i64, x.device())};
  if (on_device(x)) {
    sort_on_device(in, a, k, descending, y.values, y.indices);
    return y;
  }
  dispatch_float(where, x, [&]<class T>() {
    const T* from = in.data<T>();
    T* values = y.values.mutate<T>();
    std::int64_t* index = y.indices.mutate<std::int64_t>();
    parallel_ranges(
        a.outer * a.inner, 2048 / (a.n + 1) + 1, [&](std::int64_t begin, std::int64_t end) {
          std::vector<Entry<T>> entries;
          for (std::int64_t r = begin; r < end; ++r) {
            const std::int64_t o = r / a.inner, j = r % a.inner, to = o * k * a.inner + j;
            sort_row(from + o * a.n * a.inner + j, a.inner, a.n, k, descending, entries,
                     values + to, index + to);
          }
        });
  });
  return y;
}

}  // namespace sort_room

ValuesIndices sort(const Tensor& x, std::int64_t axis, bool descending) {
  require_float("sort", "x", x);
  const int at = require_axis("sort", x, axis);
  return sort_room::run("sort", x, axis, x.shape()[at], descending);
}

ValuesIndices topk(const Tensor& x, std::int64_t k, std::int64_t axis, bool largest) {
  require_float("topk", "x", x);
  const int at = require_axis("topk", x, axis);
  if (k < 0 || k > x.shape()[at])
    throw ShapeError("topk", "k must lie in [0, " + std::to_string(x.shape()[at]) + "] of axis " +
                                 std::to_string(at) + ", got " + std::to_string(k) + " for " +
                                 x.str());
  return sort_room::run("topk", x, axis, k, largest);
}

namespace sort_room {

// y_k = x[p_k], every p_k once   =>   dx[p_k] = g_k
Tensors vjp(const VjpCtx& c) {
  const Shape& shape = c.in_shapes[0];
  std::int64_t axis = c.attrs.i64("axis");
  if (axis < 0) axis += shape.rank();
  return {scatter_unique(c.grad[0], c.out[1], shape, static_cast<int>(axis))};
}

std::vector<Sample> sort_samples() {
  using S = InputSpec;
  std::vector<Sample> s;
  const auto add = [&](std::string label, S x, int axis, bool descending = false) {
    s.push_back({label + x.shape.str() + " axis " + std::to_string(axis) +
                     (descending ? " descending" : ""),
                 {x},
                 {{"axis", axis}, {"descending", descending}}});
  };
  add("", S::distinct({3, 7}), 1);
  add("", S::distinct({3, 7}), -1, true);
  add("", S::distinct({2, 5, 3}), 1);
  add("", S::distinct({2, 3, 2, 3}), 2, true);
  add("", S::distinct({2, 2, 3, 2, 2}), 4);
  add("one each ", S::distinct({3, 1}), 1);
  add("empty ", S::distinct({2, 0}), 1);
  add("ties ", S::of({1, 7}, {2, 1, 2, 0, 1, 0, 2}).fixed(), 1);
  add("ties ", S::of({1, 7}, {2, 1, 2, 0, 1, 0, 2}).fixed(), 1, true);
  add("zeros ", S::of({1, 4}, {0.0, -0.0, 0.0, -0.0}).fixed(), 1);
  add("along samples ", S::distinct({9}).shared(), 0);
  add("large ", S::distinct({3, 2111}), 1);
  add("large ", S::distinct({2, 77, 31}), 1, true);
  return s;
}

std::vector<Sample> topk_samples() {
  using S = InputSpec;
  std::vector<Sample> s;
  const auto add = [&](std::string label, S x, int k, int axis, bool largest = true) {
    s.push_back({label + std::to_string(k) + (largest ? " largest of " : " smallest of ") +
                     x.shape.str() + " axis " + std::to_string(axis),
                 {x},
                 {{"k", k}, {"axis", axis}, {"largest", largest}}});
  };
  add("", S::distinct({3, 7}), 3, 1);
  add("", S::distinct({3, 7}), 1, -1);
  add("", S::distinct({3, 7}), 2, 1, false);
  add("", S::distinct({2, 5, 3}), 5, 1);
  add("", S::distinct({2, 3, 4, 2}), 2, 2);
  add("", S::distinct({2, 4}), 0, 1);
  add("", S::distinct({1, 1}), 1, 1);
  add("", S::distinct({0, 3}), 2, 1);
  add("ties ", S::of({1, 7}, {2, 1, 2, 0, 1, 0, 2}).fixed(), 4, 1);
  add("along samples ", S::distinct({9}).shared(), 4, 0);
  add("large ", S::distinct({3, 2111}), 50, 1);
  return s;
}

std::vector<BadSample> sort_bad() {
  using S = InputSpec;
  const auto along = [](int axis) { return Attrs{{"axis", axis}, {"descending", false}}; };
  return {
      {"axis", {S::uniform({2, 3})}, along(2), ErrorKind::shape, {"sort", "axis 2", "[2, 3]"}},
      {"scalar", {S::uniform({})}, along(0), ErrorKind::shape, {"sort", "axis 0", "[]"}},
      {"integer x", {S::integers({2, 3}, 0, 4)}, along(1), ErrorKind::dtype, {"sort", "i64[2, 3]"}},
      {"no x", {S::absent()}, along(0), ErrorKind::usage, {"sort", "none"}}};
}

std::vector<BadSample> topk_bad() {
  using S = InputSpec;
  const auto of = [](int k, int axis) {
    return Attrs{{"k", k}, {"axis", axis}, {"largest", true}};
  };
  return {{"k",
           {S::uniform({2, 3})},
           of(4, 1),
           ErrorKind::shape,
           {"topk", "[0, 3]", "got 4", "[2, 3]"}},
          {"negative k",
           {S::uniform({2, 3})},
           of(-1, 1),
           ErrorKind::shape,
           {"topk", "got -1", "[2, 3]"}},
          {"axis", {S::uniform({2, 3})}, of(1, 2), ErrorKind::shape, {"topk", "axis 2", "[2, 3]"}},
          {"integer x",
           {S::integers({2, 3}, 0, 4)},
           of(1, 1),
           ErrorKind::dtype,
           {"topk", "i64[2, 3]"}}};
}

Cost cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs&) {
  const auto n = static_cast<double>(in[0].numel()), k = static_cast<double>(out[0].numel());
  const auto size = static_cast<double>(size_of(in[0].dtype()));
  return {n, size * (n + k) + 8 * k};
}

}  // namespace sort_room

const OpDef sort_op{
    .name = "sort",
    .equation = "y_k = x[p_k], y_0 <= y_1 <= ..",
    .group = OpGroup::reduction,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      ValuesIndices y = sort(in[0], a.i64("axis"), a.flag("descending"));
      return {y.values, y.indices};
    },
    .vjp = sort_room::vjp,
    .saves = {.inputs = 0, .outputs = 2},
    .samples = sort_room::sort_samples,
    .bad_samples = sort_room::sort_bad,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = sort_room::cost,
};

const OpDef topk_op{
    .name = "topk",
    .equation = "y_k = x[p_k], y_0 >= y_1 >= .., the k largest",
    .group = OpGroup::reduction,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      ValuesIndices y = topk(in[0], a.i64("k"), a.i64("axis"), a.flag("largest"));
      return {y.values, y.indices};
    },
    .vjp = sort_room::vjp,
    .saves = {.inputs = 0, .outputs = 2},
    .samples = sort_room::topk_samples,
    .bad_samples = sort_room::topk_bad,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = sort_room::cost,
};

}  // namespace dact
