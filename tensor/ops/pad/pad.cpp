#include "tensor/ops/pad/pad.hpp"

#include <algorithm>

#include "tensor/layout.hpp"
#include "tensor/ops/scatter/scatter.hpp"

namespace dact {

std::string_view name_of(PadMode mode) {
  constexpr std::string_view names[] = {"constant", "reflect", "replicate"};
  return names[static_cast<int>(mode)];
}

namespace pad_room {

using Sizes = std::span<const std::int64_t>;

PadMode mode_of(const std::string& name) {
  for (const PadMode mode : {PadMode::constant, PadMode::reflect, PadMode::replicate})
    if (name == name_of(mode)) return mode;
  throw UsageError("pad", "mode must be constant, reflect or replicate, got " + name);
}

Shape padded_shape(const Tensor& x, Sizes before, Sizes after, PadMode mode) {
  const auto text = [](Sizes s) {
    std::string list;
    for (const std::int64_t n : s) list += (list.empty() ? "" : ", ") + std::to_string(n);
    return "[" + list + "]";
  };
  const auto rank = static_cast<std::size_t>(x.rank());
  bool valid = before.size() == rank && after.size() == rank;
  Shape shape = x.shape();
  for (std::size_t i = 0; valid && i < rank; ++i) {
    const std::int64_t n = shape[static_cast<int>(i)], most = std::max(before[i], after[i]);
    valid = before[i] >= 0 && after[i] >= 0;
    if (mode == PadMode::reflect) valid = valid && (most == 0 || most < n);
    if (mode == PadMode::replicate) valid = valid && (most == 0 || n > 0);
    shape[static_cast<int>(i)] = n + before[i] + after[i];
  }
  if (!valid)
    throw ShapeError("pad",
                     "before and after must hold one size >= 0 per axis, below the axis's "
                     "own in reflect mode, got before " +
                         text(before) + ", after " + text(after) + ", mode " +
                         std::string(name_of(mode)) + " for " + x.str());
  numel_of(shape, "pad");
  return shape;
}

// Which index of an axis of size n stands at i = -before .. n + after - 1; -1: outside.
std::int64_t source_of(std::int64_t i, std::int64_t n, PadMode mode) {
  if (i >= 0 && i < n) return i;
  if (mode == PadMode::constant) return -1;
  if (mode == PadMode::replicate) return i < 0 ? 0 : n - 1;
  return i < 0 ? -i : 2 * (n - 1) - i;
}

// The borders of one axis after another, each copied from what is already there.
void fill_borders(Tensor& out, const Shape& inside, Sizes before, PadMode mode) {
  for (int a = 0; a < out.rank(); ++a) {
    const std::int64_t lead = before[static_cast<std::size_t>(a)], n = inside[a];
    Tensor wide = out;  // this axis whole, too
    for (int b = a + 1; b < out.rank(); ++b)
      wide = wide.sliced(b, before[static_cast<std::size_t>(b)],
                         before[static_cast<std::size_t>(b)] + inside[b]);
    for (std::int64_t i = 0; i < wide.shape()[a]; ++i) {
      const std::int64_t from = source_of(i - lead, n, mode);
      if (from == i - lead) continue;
      Tensor slot = wide.sliced(a, i, i + 1);
      copy_to(slot, wide.sliced(a, from + lead, from + lead + 1));
    }
  }
}

}  // namespace pad_room

Tensor pad(const Tensor& x, std::span<const std::int64_t> before,
           std::span<const std::int64_t> after, PadOptions options) {
  require_defined("pad", "x", x);
  const Shape shape = pad_room::padded_shape(x, before, after, options.mode);
  Tensor out = empty_strided(shape, strides_like(x, shape), x.dtype(), x.device());
  if (out.numel() == 0) return out;
  if (options.mode == PadMode::constant)
    copy_to(out, full({}, options.value, x.dtype()).to(x.device()).expanded(shape));
  Tensor middle = out;
  for (int a = 0; a < x.rank(); ++a)
    middle = middle.sliced(a, before[static_cast<std::size_t>(a)],
                           before[static_cast<std::size_t>(a)] + x.shape()[a]);
  if (x.numel() != 0) copy_to(middle, x);
  if (options.mode != PadMode::constant)
    pad_room::fill_borders(out, x.shape(), before, options.mode);
  return out;
}

namespace pad_room {

// Flat index in x of every element of y, in row-major order of y.
std::vector<std::int64_t> sources(const Shape& x, const Shape& y, Sizes before, PadMode mode) {
  std::vector<std::int64_t> from{0};
  for (int a = 0; a < x.rank(); ++a) {
    std::vector<std::int64_t> next;
    next.reserve(from.size() * static_cast<std::size_t>(y[a]));
    for (const std::int64_t head : from)
      for (std::int64_t i = 0; i < y[a]; ++i)
        next.push_back(head * x[a] +
                       source_of(i - before[static_cast<std::size_t>(a)], x[a], mode));
    from = std::move(next);
  }
  return from;
}

// y_i = x_m(i)   =>   dx_k = sum of g_i over the i with m(i) = k: the middle of g (constant), or a
// scatter in row-major order of y
Tensors vjp(const VjpCtx& c) {
  const Shape& shape = c.in_shapes[0];
  const Tensor& g = c.grad[0];
  const Sizes before = c.attrs.ints("before");
  const PadMode mode = mode_of(c.attrs.text("mode"));
  if (mode == PadMode::constant) {
    Tensor dx = g;
    for (int a = 0; a < shape.rank(); ++a)
      dx = dx.sliced(a, before[static_cast<std::size_t>(a)],
                     before[static_cast<std::size_t>(a)] + shape[a]);
    return {dx};
  }
  const ScatterPlan plan(sources(shape, g.shape(), before, mode), numel_of(shape, "pad"));
  return {scatter_sum(plan, g.contiguous(), 1, g.numel(), 1).reshaped(shape)};
}

Sample sample(InputSpec x, std::vector<std::int64_t> before, std::vector<std::int64_t> after,
              PadMode mode, double value = 0, std::string label = "") {
  return {label + std::string(name_of(mode)) + " " + x.shape.str() + " by " + Shape(before).str() +
              Shape(after).str(),
          {x},
          {{"before", before},
           {"after", after},
           {"mode", std::string(name_of(mode))},
           {"value", value}}};
}

std::vector<Sample> samples() {
  const auto x = [](Shape shape) { return InputSpec::uniform(shape); };
  constexpr PadMode constant = PadMode::constant, reflect = PadMode::reflect,
                    replicate = PadMode::replicate;
  return {sample(x({}), {}, {}, constant),
          sample(x({1}).shared(), {2}, {1}, constant, 0.5),
          sample(x({2, 3}), {0, 0}, {0, 0}, reflect),
          sample(x({2, 0}), {0, 1}, {0, 2}, constant, -1),
          sample(x({0, 3}), {0, 1}, {0, 1}, replicate),
          sample(x({2, 5}), {0, 4}, {0, 3}, reflect),
          sample(x({3, 1}), {0, 2}, {0, 3}, replicate),
          sample(x({2, 3}).shared(), {1, 2}, {1, 0}, replicate),
          sample(x({2, 2, 3, 4}), {0, 0, 1, 1}, {0, 0, 1, 1}, constant),
          sample(x({2, 2, 3, 4}), {0, 0, 1, 1}, {0, 0, 1, 1}, reflect),
          sample(x({2, 2, 3, 4}), {0, 1, 2, 0}, {0, 0, 1, 3}, replicate),
          sample(x({2, 1, 2, 3, 2}), {0, 0, 1, 2, 1}, {0, 0, 1, 0, 1}, reflect),
          sample(x({2, 7, 31, 33}), {0, 0, 3, 3}, {0, 0, 3, 3}, reflect, 0, "large "),
          sample(x({2, 7, 31, 33}), {0, 0, 0, 1}, {0, 0, 1, 0}, constant, 0, "large ")};
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto by = [](std::vector<std::int64_t> before, std::vector<std::int64_t> after,
                     const char* mode) {
    return Attrs{{"before", before}, {"after", after}, {"mode", mode}, {"value", 0.0}};
  };
  const auto x = S::uniform({2, 3});
  return {{"too few",
           {x},
           by({1}, {1, 1}, "constant"),
           ErrorKind::shape,
           {"pad", "[1]", "[1, 1]", "[2, 3]"}},
          {"negative",
           {x},
           by({0, -1}, {0, 0}, "constant"),
           ErrorKind::shape,
           {"pad", "[0, -1]", "[2, 3]"}},
          {"reflect too far",
           {x},
           by({0, 3}, {0, 0}, "reflect"),
           ErrorKind::shape,
           {"pad", "reflect", "[0, 3]", "[2, 3]"}},
          {"replicate nothing",
           {S::uniform({2, 0})},
           by({0, 1}, {0, 0}, "replicate"),
           ErrorKind::shape,
           {"pad", "[2, 0]"}},
          {"mode", {x}, by({0, 1}, {0, 0}, "circular"), ErrorKind::usage, {"pad", "circular"}},
          {"no x", {S::absent()}, by({}, {}, "constant"), ErrorKind::usage, {"pad", "none"}}};
}

Cost cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs&) {
  return {0, static_cast<double>(size_of(in[0].dtype())) *
                 static_cast<double>(in[0].numel() + out[0].numel())};
}

}  // namespace pad_room

const OpDef pad_op{
    .name = "pad",
    .equation = "y[i] = x[m(i - before)], m: constant, reflect or replicate",
    .group = OpGroup::index,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {pad(in[0], a.ints("before"), a.ints("after"),
                  {pad_room::mode_of(a.text("mode")), a.f64("value")})};
    },
    .vjp = pad_room::vjp,
    .saves = Saves::none(),
    .samples = pad_room::samples,
    .bad_samples = pad_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = pad_room::cost,
};

}  // namespace dact
