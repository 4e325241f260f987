#include "tensor/ops/cast/cast.hpp"

#include "tensor/ops/elementwise/unary.hpp"

namespace dact {

Tensor cast(const Tensor& x, DType dtype) {
  require_defined("cast", "x", x);
  return x.to(dtype);
}

DType dtype_named(std::string_view where, std::string_view name) {
  std::string known;
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto t = static_cast<DType>(i);
    if (name_of(t) == name) return t;
    known += (i ? ", " : "") + std::string(name_of(t));
  }
  throw UsageError(where, "dtype must be one of " + known + ", got " + std::string(name));
}

namespace cast_room {

// y = x but for rounding   =>   dx = g in x's dtype
Tensors vjp(const VjpCtx& c) { return {cast(c.grad[0], c.dtype)}; }

std::vector<Sample> samples() {
  using S = InputSpec;
  std::vector<Sample> s = unary_samples(-3, 3, {{"dtype", "f64"}});
  const auto add = [&](std::string label, InputSpec x, const char* dtype) {
    s.push_back({label + " to " + dtype, {x}, {{"dtype", dtype}}});
  };
  // fixed: central differences of a value rounded to f32 say nothing about its slope
  for (const char* dtype : {"f32", "bf16", "f16", "i64", "i32", "u8", "bool"}) {
    add("float", S::uniform({3, 37}, -300, 300).fixed(), dtype);
    add("integers", S::integers({5, 7}, -1000, 1000), dtype);
    add("bools", S::boolean({2, 9}), dtype);
  }
  const InputSpec edges =
      S::of({9}, {0, -0.0, 0.5, -0.5, 1e30, -1e30, 255.9, 65504, 3.3e38}).fixed();
  for (const char* dtype : {"f16", "bf16", "i64", "i32", "u8", "bool"}) add("edges", edges, dtype);
  for (const char* dtype : {"f16", "bf16", "i32", "u8"})
    add("large", S::uniform({3, 5, 1111}, -300, 300).fixed(), dtype);
  return s;
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const auto bad = [](const char* dtype) { return Attrs{{"dtype", dtype}}; };
  return {{"no such dtype",
           {S::uniform({2})},
           bad("f99"),
           ErrorKind::usage,
           {"cast", "f32, f64", "f99"}},
          {"empty name", {S::uniform({2})}, bad(""), ErrorKind::usage, {"cast", "dtype"}},
          {"no attribute", {S::uniform({2})}, {}, ErrorKind::usage, {"dtype"}},
          {"no x", {S::absent()}, bad("f64"), ErrorKind::usage, {"cast", "none"}}};
}

}  // namespace cast_room

const OpDef cast_op{
    .name = "cast",
    .equation = "y = x rounded to dtype",
    .group = OpGroup::elementwise,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {cast(in[0], dtype_named("cast", a.text("dtype")))};
    },
    .vjp = cast_room::vjp,
    .saves = Saves::none(),
    .samples = cast_room::samples,
    .bad_samples = cast_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact, 0},
    .cost = unary_cost<0>,
};

}  // namespace dact
