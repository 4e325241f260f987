#include "tensor/ops/sum/sum.hpp"

#include "tensor/isa.hpp"
#include "tensor/layout.hpp"
#include "tensor/ops/reduce/axes.hpp"
#include "tensor/ops/reduce/blocks.hpp"
#include "tensor/ops/reduce/reduce.device.hpp"
#include "tensor/sum.hpp"

namespace dact {
namespace sum_room {

template <class T>
void sum_rows(SumMap map, const T* x, std::int64_t row_stride, std::int64_t stride, std::int64_t n,
              T* y, std::int64_t rows) {
  if constexpr (std::is_same_v<T, float>) {
    if (stride == 1)
      return DACT_PICK(sum_rows_f32)(static_cast<int>(map), x, row_stride, n, y, rows);
    if (row_stride == 1)
      return DACT_PICK(sum_columns_f32)(static_cast<int>(map), x, stride, n, y, rows);
  }
  sum_plain<T>(map, x, row_stride, stride, n, y, rows);
}

// out[..] = one sum each: x [.., n], out [..], any strides; n <= 1024 where results lie side by side.
template <class T>
void sum_chunks(SumMap map, const Tensor& x, Tensor out) {
  const int last = x.rank() - 1;
  const std::int64_t n = x.shape()[last], stride = n > 1 ? x.strides()[last] : 1;
  const T* from = x.data<T>();
  T* to = out.mutate<T>();
  for_each_block(out.shape(), x.strides().without(last), out.strides(), n,
                 [&](const ResultBlock& b) {
                   write_block(b, to, [&](std::int64_t first, std::int64_t rows, T* y) {
                     sum_rows<T>(map, from + b.x + first * b.x_step, b.x_step, stride, n, y, rows);
                   });
                 });
}

// x [.., n] as [.., n / 1024, 1024] without the last, shorter chunk.
Tensor whole_chunks(const Tensor& x) {
  const int last = x.rank() - 1;
  Shape shape = x.shape();
  Strides strides = x.strides();
  shape[last] = x.shape()[last] / kChunk;
  strides[last] = kChunk * x.strides()[last];
  shape.push_back(kChunk);
  strides.push_back(x.strides()[last]);
  return {x.storage(), x.dtype(), shape, strides, x.offset()};
}

// The tree, a level at a time: chunk results, which threads share, are the next level's elements.
template <class T>
void sum_tree(SumMap map, Tensor x, Tensor& out) {
  const int last = x.rank() - 1;
  const std::int64_t n = x.shape()[last];
  // enough results for all threads, each by one thread: rows are read once, from end to end
  const bool whole = x.strides()[last] == 1 && out.numel() >= 4 * thread_count();
  if (n <= kChunk || whole) return sum_chunks<T>(map, x, out);
  if (last == kMaxRank - 1) {  // no room for one more axis
    out = out.reshaped({-1});
    return sum_tree<T>(map, x.contiguous().reshaped({-1, n}), out);
  }
  const std::int64_t full = n / kChunk, chunks = (n + kChunk - 1) / kChunk;
  const Shape shape = x.shape().with(last, chunks);
  Tensor level = empty_strided(shape, strides_like(x, shape), x.dtype(), x.device());
  sum_chunks<T>(map, whole_chunks(x), level.sliced(last, 0, full));
  if (full < chunks)
    sum_chunks<T>(map, x.sliced(last, full * kChunk, n),
                  level.sliced(last, full, chunks).squeezed(last));
  sum_tree<T>(SumMap::value, level, out);
}

template <class T>
Tensor sum_into_i64(const Reduction& r) {
  if (on_device(r.x)) return sum_integers_on_device(r);
  Tensor out = empty(r.kept, DType::i64, r.x.device());
  const T* x = r.x.data<T>();
  std::int64_t* y = out.mutate<std::int64_t>();
  const std::int64_t stride = r.x.strides().back();
  for_each_block(r.kept, r.x.strides().without(r.x.rank() - 1), out.strides(), r.n,
                 [&](const ResultBlock& b) {
                   write_block(b, y, [&](std::int64_t first, std::int64_t rows, std::int64_t* to) {
                     sum_integers<T>(x + b.x + first * b.x_step, b.x_step, stride, r.n, to, rows);
                   });
                 });
  return out.reshaped(r.result);
}

}  // namespace sum_room

Tensor sum_reduced(const Reduction& r, SumMap map) {
  if (on_device(r.x)) return sum_reduced_on_device(r, static_cast<int>(map));
  Tensor out = empty(r.kept, r.x.dtype(), r.x.device());
  if (out.numel() != 0)
    dispatch_float("sum", r.x, [&]<class T>() {
      Tensor to = out;
      sum_room::sum_tree<T>(map, r.x, to);
    });
  return out.reshaped(r.result);
}

Tensor sum(const Tensor& x, std::span<const std::int64_t> axes, bool keep_axes) {
  require_defined("sum", "x", x);
  const Reduction r = plan_reduction("sum", x, axes, keep_axes);
  if (x.dtype() == DType::bool_) return sum_room::sum_into_i64<bool>(r);
  return dispatch_number("sum", x, [&]<class T>() {
    if constexpr (std::is_integral_v<T>)
      return sum_room::sum_into_i64<T>(r);
    else
      return sum_reduced(r, SumMap::value);
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
  const auto add = [&](Shape shape, std::vector<std::int64_t> axes, bool keep,
                       std::string label = "") {
    s.push_back(
        {label + shape.str(), {S::uniform(shape, -2, 2)}, {{"axes", axes}, {"keep_axes", keep}}});
  };
  add({5, 7}, {1}, false);
  add({5, 7}, {-1}, true);
  add({2, 3, 4, 5}, {2, 3}, true);
  add({2, 3, 4, 5}, {1, 3}, false);
  add({3, 0}, {1}, false);
  add({4, 1}, {1}, false);
  add({2, 37}, {1}, false);
  add({2, 3, 17}, {1}, false);
  add({2, 1, 3, 2, 2}, {1, 4}, true);
  add({2, 4100}, {1}, false, "large ");
  add({2, 1025, 3}, {1}, false, "large ");
  add({2, 2049, 19}, {1}, false, "large ");
  add({2, 5, 33, 37}, {2, 3}, false, "large ");
  // along the samples, and over everything: no batch to take apart
  const auto mixed = [&](Shape shape, std::vector<std::int64_t> axes, std::string label) {
    add(shape, axes, false, std::move(label));
    s.back().inputs[0].batched = false;
  };
  mixed({}, {}, "all of ");
  mixed({1}, {}, "all of ");
  mixed({7, 3}, {0}, "along samples ");
  mixed({2, 3, 4}, {}, "all of ");
  mixed({0, 3}, {0}, "along samples ");
  mixed({3000, 67}, {0}, "large, along samples ");
  mixed({3, 1100, 37}, {}, "large, all of ");
  return s;
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto attrs = [](std::vector<std::int64_t> axes) {
    return Attrs{{"axes", axes}, {"keep_axes", false}};
  };
  return {{"axis out of range",
           {S::uniform({2, 3})},
           attrs({2}),
           ErrorKind::shape,
           {"sum", "axis 2", "[2, 3]"}},
          {"axis twice",
           {S::uniform({2, 3})},
           attrs({1, -1}),
           ErrorKind::shape,
           {"sum", "twice", "[2, 3]"}},
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
