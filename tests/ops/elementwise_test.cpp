// Facts about elementwise operators that no generic check can know: NUMERICS.md 8 in worked numbers.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "autograd/ops.hpp"

using namespace dact;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

Tensor f32(const std::vector<float>& v) {
  return from_vector(v, {static_cast<std::int64_t>(v.size())});
}
template <class T>
Tensor ints(const std::vector<T>& v) {
  return from_vector(v, {static_cast<std::int64_t>(v.size())});
}
std::vector<float> floats(const Tensor& x) { return x.to_vector<float>(); }
std::vector<int> as_ints(const Tensor& x) {
  std::vector<int> v;
  for (const std::int64_t i : x.to(DType::i64).to_vector<std::int64_t>())
    v.push_back(static_cast<int>(i));
  return v;
}
// Bits shown as text: -0 and NaN count.
std::string show(const std::vector<float>& v) {
  std::string s;
  for (const float x : v)
    s += (std::isnan(x)
              ? "nan"
              : (std::signbit(x) ? "-" : "+") + std::to_string(std::fabs(x)).substr(0, 4)) +
         " ";
  return s;
}
// Gradients of sum(y) by the inputs.
std::vector<Tensor> gradients(const Var& y, std::initializer_list<Var> inputs) {
  backward(sum(y));
  std::vector<Tensor> g;
  for (const Var& v : inputs) g.push_back(v.grad());
  return g;
}
Var leaf(const std::vector<float>& v) { return Var(f32(v), true); }

}  // namespace

TEST_CASE("zeros, ties and NaN follow the table of choices") {
  CHECK(show(floats(relu(f32({-0.0f, 0.0f, -3, 2, kNaN, -kInf, kInf})))) ==
        show({0, 0, 0, 2, kNaN, 0, kInf}));
  const Tensor a = f32({0.0f, -0.0f, kNaN, 1, 2, -kInf}), b = f32({-0.0f, 0.0f, 1, kNaN, 3, kInf});
  CHECK(show(floats(maximum(a, b))) == show({0, 0, kNaN, kNaN, 3, kInf}));
  CHECK(show(floats(minimum(a, b))) == show({-0.0f, -0.0f, kNaN, kNaN, 2, -kInf}));
  CHECK(show(floats(clamp(f32({-0.0f, -5, 5, kNaN}), 0, 1))) == show({0, 0, 1, kNaN}));
  CHECK(show(floats(clamp(f32({0.0f, -5, 5}), -1, -0.0))) == show({-0.0f, -1, -0.0f}));
  CHECK(show(floats(sign(f32({-0.0f, -2, 3, kNaN})))) == show({0, -1, 1, kNaN}));
  CHECK(show(floats(round(f32({0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 8388609})))) ==
        show({0, 2, 2, -0.0f, -2, 8388609}));
  CHECK(show(floats(floor(f32({-0.5f, 1.5f, -0.0f})))) == show({-1, 1, -0.0f}));
  CHECK(show(floats(ceil(f32({-0.5f, 1.5f, -0.0f})))) == show({-0.0f, 2, -0.0f}));
  CHECK(show(floats(neg(f32({0.0f, 3})))) == show({-0.0f, -3}));
}

TEST_CASE("gradients at kinks: ties share, bounds are inside, 0 at 0") {
  const Var a = leaf({1, 2, 3, kNaN, 1}), b = leaf({1, 5, 2, 1, kNaN});
  auto g = gradients(maximum(a, b), {a, b});
  CHECK(floats(g[0]) == std::vector<float>{0.5f, 0, 1, 1, 0});
  CHECK(floats(g[1]) == std::vector<float>{0.5f, 1, 0, 0, 1});
  const Var c = leaf({1, 2, 3}), d = leaf({1, 5, 2});
  g = gradients(minimum(c, d), {c, d});
  CHECK(floats(g[0]) == std::vector<float>{0.5f, 1, 0});
  CHECK(floats(g[1]) == std::vector<float>{0.5f, 0, 1});
  const Var x = leaf({-1, 0, 1, 0.5f, -2, 2});
  CHECK(floats(gradients(clamp(x, -1, 1), {x})[0]) == std::vector<float>{1, 1, 1, 1, 0, 0});
  const Var y = leaf({-2, 0, -0.0f, 3});
  CHECK(floats(gradients(abs(y), {y})[0]) == std::vector<float>{-1, 0, 0, 1});
  const Var z = leaf({-2, 0, -0.0f, 3});
  CHECK(floats(gradients(relu(z), {z})[0]) == std::vector<float>{0, 0, 0, 1});
  const Var p = leaf({0, 0, 3}), q = leaf({0, 2, 4});
  g = gradients(atan2(p, q), {p, q});
  CHECK(floats(g[0])[0] == 0);
  CHECK(floats(g[0])[1] == 0.5f);
  CHECK(floats(g[0])[2] == doctest::Approx(4 / 25.0));
  CHECK(floats(g[1])[2] == doctest::Approx(-3 / 25.0));
}

TEST_CASE("integers wrap, compare and choose") {
  const Tensor a = ints<std::int32_t>({2147483647, -5, 7}), b = ints<std::int32_t>({1, 3, 7});
  CHECK(add(a, b).to_vector<std::int32_t>() == std::vector<std::int32_t>{-2147483648, -2, 14});
  CHECK(mul(a, b).to_vector<std::int32_t>() == std::vector<std::int32_t>{2147483647, -15, 49});
  CHECK(sub(ints<std::uint8_t>({3, 200}), ints<std::uint8_t>({5, 100})).to_vector<std::uint8_t>() ==
        std::vector<std::uint8_t>{254, 100});
  CHECK(as_ints(maximum(a, b)) == std::vector<int>{2147483647, 3, 7});
  CHECK(as_ints(lt(a, b)) == std::vector<int>{0, 1, 0});
  CHECK(as_ints(ge(a, b)) == std::vector<int>{1, 0, 1});
  CHECK(as_ints(where(eq(a, b), a, b)) == std::vector<int>{1, 3, 7});
  CHECK_THROWS_AS(div(a, b), DtypeError);
}

TEST_CASE("NaN compares as IEEE says, bools combine") {
  const Tensor a = f32({kNaN, 1, -0.0f}), b = f32({kNaN, 2, 0.0f});
  CHECK(as_ints(eq(a, b)) == std::vector<int>{0, 0, 1});
  CHECK(as_ints(ne(a, b)) == std::vector<int>{1, 1, 0});
  CHECK(as_ints(le(a, b)) == std::vector<int>{0, 1, 1});
  const Tensor p = cast(f32({0, 0, 1, 1}), DType::bool_), q = cast(f32({0, 1, 0, 1}), DType::bool_);
  CHECK(as_ints(logical_and(p, q)) == std::vector<int>{0, 0, 0, 1});
  CHECK(as_ints(logical_or(p, q)) == std::vector<int>{0, 1, 1, 1});
  CHECK(as_ints(logical_not(p)) == std::vector<int>{1, 1, 0, 0});
  CHECK(as_ints(ne(p, q)) == std::vector<int>{0, 1, 1, 0});
  CHECK(as_ints(isfinite(f32({1, kNaN, kInf, -kInf, 1e-40f}))) == std::vector<int>{1, 0, 0, 0, 1});
}

TEST_CASE("casts truncate, saturate and round to even") {
  const Tensor x = f32({2.9f, -2.9f, kNaN, kInf, -kInf, 300, 1e30f, 3e9f});
  CHECK(cast(x, DType::u8).to_vector<std::uint8_t>() ==
        std::vector<std::uint8_t>{2, 0, 0, 255, 0, 255, 255, 255});
  constexpr std::int32_t top = 2147483647;
  CHECK(cast(x, DType::i32).to_vector<std::int32_t>() ==
        std::vector<std::int32_t>{2, -2, 0, top, -top - 1, 300, top, top});
  CHECK(cast(x, DType::i64).to_vector<std::int64_t>()[7] == 3000000000);
  CHECK(cast(ints<std::int32_t>({300, -1}), DType::u8).to_vector<std::uint8_t>() ==
        std::vector<std::uint8_t>{44, 255});
  // bf16 keeps 8 bits: 1 + 2^-8 is halfway and goes to the even 1; from double the bit far below decides
  const Tensor half = from_vector(std::vector<double>{1 + 0x1p-8, 1 + 0x1p-8 + 0x1p-40}, {2});
  const std::vector<bf16> r = cast(half, DType::bf16).to_vector<bf16>();
  CHECK(r[0].bits == 0x3f80);
  CHECK(r[1].bits == 0x3f81);
  CHECK(cast(f32({65519, 65520}), DType::f16).to_vector<f16>()[0].bits == 0x7bff);
  CHECK(cast(f32({65519, 65520}), DType::f16).to_vector<f16>()[1].bits == 0x7c00);
}

TEST_CASE("a cast's gradient comes back in the input's dtype") {
  const Var x = leaf({1, 2});
  const Tensor g = gradients(mul_scalar(cast(x, DType::f64), 3), {x})[0];
  CHECK(g.dtype() == DType::f32);
  CHECK(floats(g) == std::vector<float>{3, 3});
  CHECK_FALSE(cast(x, DType::i64).requires_grad());
}

TEST_CASE("prelu: one slope per channel, or one for all") {
  const Var x(from_vector(std::vector<float>{-1, 2, -3, -4, 5, 0}, {1, 3, 2}), true);
  const Var w = leaf({0.5f, 0.25f, 2});
  CHECK(floats(prelu(x, w).value()) == std::vector<float>{-0.5f, 2, -0.75f, -1, 5, 0});
  const auto g = gradients(prelu(x, w), {x, w});
  CHECK(floats(g[0]) == std::vector<float>{0.5f, 1, 0.25f, 0.25f, 1, 2});
  CHECK(floats(g[1]) == std::vector<float>{-1, -7, 0});
  CHECK(floats(prelu(f32({-4, 4}), f32({0.25f}))) == std::vector<float>{-1, 4});
}

TEST_CASE("scalars are doubles, rounded once") {
  CHECK(floats(add_scalar(f32({1}), 0.1)) == std::vector<float>{1.0f + 0.1f});
  const Tensor x = from_vector(std::vector<double>{1}, {1});
  CHECK(mul_scalar(x, 0.1).to_vector<double>() == std::vector<double>{0.1});
  CHECK(floats(lerp(f32({1, 3}), f32({2, 7}), scalar(0.25))) == std::vector<float>{1.25f, 4});
  CHECK(floats(pow_scalar(f32({0, kNaN, 4}), 0)) == std::vector<float>{1, 1, 1});
}

TEST_CASE("results keep the axis order; gradients of add are not copied") {
  const Tensor x = rand({2, 3, 4, 5}, {.seed = 1, .use = "x"}).contiguous_channels_last();
  const Tensor row = rand({3, 1, 1}, {.seed = 1, .use = "row"});
  CHECK(exp(x).is_channels_last());
  CHECK(add(x, row).is_channels_last());
  CHECK(add(row, x).is_channels_last());
  CHECK(gt(x, row).is_channels_last());
  CHECK(where(gt(x, row), x, row).is_channels_last());
  const Var a(x, true), b(x.clone(), true);
  const Tensor g = rand({2, 3, 4, 5}, {.seed = 1, .use = "g"});
  const Var y = add(a, b);
  backward(std::span(&y, 1), std::span(&g, 1));
  CHECK(a.grad().storage() == g.storage());
  CHECK(b.grad().storage() == g.storage());
}
