#include "tensor/ops/cat/cat.hpp"

#include <cstring>

#include "tensor/device.hpp"
#include "tensor/layout.hpp"
#include "tensor/parallel.hpp"

namespace dact {
namespace cat_room {

std::string list_of(std::span<const Tensor> xs) {
  std::string s;
  for (const Tensor& x : xs) s += (s.empty() ? "" : ", ") + x.str();
  return s;
}

// The result's shape; throws unless all fit.
Shape joined_shape(std::span<const Tensor> xs, int axis) {
  Shape shape = xs[0].shape();
  for (std::size_t k = 1; k < xs.size(); ++k) {
    const Tensor& x = xs[k];
    require_same_kind("cat", xs[0], x);
    bool fits = x.rank() == shape.rank();
    for (int i = 0; fits && i < shape.rank(); ++i) fits = i == axis || x.shape()[i] == shape[i];
    if (!fits)
      throw ShapeError(
          "cat", "sizes must be equal off axis " + std::to_string(axis) + ", got " + list_of(xs));
    shape[axis] += x.shape()[axis];
  }
  numel_of(shape, "cat");
  return shape;
}

// One operand of the fast path: `run` bytes per outer index.
struct Part {
  const std::byte* at;
  std::int64_t run;
};

// Elements per index of the axes outside `axis` in out's memory: the cat axis and all inside it.
std::int64_t run_of(const Tensor& x, const Tensor& out, int axis) {
  std::int64_t n = 1;
  for (int i = 0; i < x.rank(); ++i)
    if (i == axis || (out.strides()[i] < out.strides()[axis] && out.shape()[i] != 1))
      n *= x.shape()[i];
  return n;
}

// Operands that lie densely in out's axis order: out is then rows of their runs, one after another.
bool collect_parts(std::span<const Tensor> xs, const Tensor& out, int axis,
                   std::vector<Part>& parts) {
  for (const Tensor& x : xs) {
    if (x.numel() == 0) continue;
    const Strides dense = strides_like(out, x.shape());
    for (int i = 0; i < x.rank(); ++i)
      if (x.shape()[i] != 1 && x.strides()[i] != dense[i]) return false;
    parts.push_back({static_cast<const std::byte*>(x.raw_data()),
                     run_of(x, out, axis) * static_cast<std::int64_t>(size_of(x.dtype()))});
  }
  return true;
}

void join_rows(const std::vector<Part>& parts, std::byte* out, std::int64_t rows,
               std::int64_t row) {
  parallel_ranges(rows, 65536 / (row + 1) + 1, [&](std::int64_t begin, std::int64_t end) {
    std::byte* to = out + begin * row;
    for (std::int64_t r = begin; r < end; ++r)
      for (const Part& p : parts) {
        std::memcpy(to, p.at + r * p.run, static_cast<std::size_t>(p.run));
        to += p.run;
      }
  });
}

}  // namespace cat_room

Tensor cat(std::span<const Tensor> xs, std::int64_t axis) {
  if (xs.empty()) throw UsageError("cat", "at least one tensor must be given, got none");
  for (const Tensor& x : xs) require_defined("cat", "every operand", x);
  const int at = require_axis("cat", xs[0], axis);
  const Shape shape = cat_room::joined_shape(xs, at);
  Tensor out = empty_strided(shape, strides_like(xs[0], shape), xs[0].dtype(), xs[0].device());
  if (out.numel() == 0) return out;
  std::vector<cat_room::Part> parts;
  const std::int64_t run = cat_room::run_of(out, out, at), rows = out.numel() / run;
  // a single row has nothing to share between threads here; copy_to cuts it up
  if (!on_device(out) && rows > 1 && cat_room::collect_parts(xs, out, at, parts)) {
    cat_room::join_rows(parts, static_cast<std::byte*>(out.mutate_raw()), rows,
                        run * static_cast<std::int64_t>(size_of(out.dtype())));
    return out;
  }
  std::int64_t begin = 0;
  for (const Tensor& x : xs) {
    Tensor part = out.sliced(at, begin, begin + x.shape()[at]);
    if (x.numel() != 0) copy_to(part, x);
    begin += x.shape()[at];
  }
  return out;
}

namespace cat_room {

// every x_k is part of y   =>   dx_k is that part of g
Tensors vjp(const VjpCtx& c) {
  const int axis = require_axis("cat", c.grad[0], c.attrs.i64("axis"));
  Tensors dx(c.in_shapes.size());
  std::int64_t begin = 0;
  for (std::size_t k = 0; k < dx.size(); ++k) {
    const std::int64_t n = c.in_shapes[k][axis];
    if (c.wanted[k]) dx[k] = c.grad[0].sliced(axis, begin, begin + n);
    begin += n;
  }
  return dx;
}

std::vector<Sample> samples() {
  const auto x = [](Shape shape) { return InputSpec::uniform(shape); };
  const auto along = [](int axis) { return Attrs{{"axis", axis}}; };
  return {{"one operand", {x({2, 3})}, along(1)},
          {"vectors", {x({3}).shared(), x({1}).shared(), x({4}).shared()}, along(0)},
          {"one element each", {x({1, 1}), x({1, 1})}, along(1)},
          {"columns", {x({2, 3}), x({2, 5})}, along(-1)},
          {"rows", {x({2, 3}).shared(), x({1, 3}).shared()}, along(0)},
          {"an empty operand", {x({2, 0}), x({2, 3})}, along(1)},
          {"all empty", {x({0, 2}), x({0, 3})}, along(1)},
          {"channels", {x({2, 3, 2, 3}), x({2, 1, 2, 3})}, along(1)},
          {"height", {x({2, 2, 1, 3}), x({2, 2, 3, 3})}, along(2)},
          {"rank 5", {x({2, 1, 2, 1, 2}), x({2, 1, 2, 3, 2})}, along(3)},
          {"large channels", {x({2, 37, 23, 19}), x({2, 16, 23, 19}), x({2, 1, 23, 19})}, along(1)},
          {"large rows", {x({3, 4001}), x({3, 2222})}, along(1)}};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto along = [](int axis) { return Attrs{{"axis", axis}}; };
  return {{"sizes",
           {S::uniform({2, 3}), S::uniform({3, 3})},
           along(1),
           ErrorKind::shape,
           {"cat", "axis 1", "[2, 3]", "[3, 3]"}},
          {"ranks",
           {S::uniform({2, 3}), S::uniform({2})},
           along(1),
           ErrorKind::shape,
           {"cat", "[2, 3]", "[2]"}},
          {"axis", {S::uniform({2, 3})}, along(2), ErrorKind::shape, {"cat", "axis 2", "[2, 3]"}},
          {"dtypes",
           {S::uniform({2}), S::integers({2}, 0, 3)},
           along(0),
           ErrorKind::dtype,
           {"cat", "i64[2]"}},
          {"nothing", {}, along(0), ErrorKind::usage, {"cat", "at least one"}},
          {"absent", {S::uniform({2}), S::absent()}, along(0), ErrorKind::usage, {"cat", "none"}}};
}

Cost cost(std::span<const Tensor>, std::span<const Tensor> out, const Attrs&) {
  return {0,
          2.0 * static_cast<double>(size_of(out[0].dtype())) * static_cast<double>(out[0].numel())};
}

}  // namespace cat_room

const OpDef cat_op{
    .name = "cat",
    .equation = "y[.., b_k + i, ..] = x_k[.., i, ..]",
    .group = OpGroup::index,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {cat(in, a.i64("axis"))};
    },
    .vjp = cat_room::vjp,
    .saves = Saves::none(),
    .samples = cat_room::samples,
    .bad_samples = cat_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = cat_room::cost,
};

}  // namespace dact
