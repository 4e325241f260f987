// Our elementary functions: errors on a sample of all inputs, special values, conversions, and the array forms.
#include "tensor/math.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tensor/error.hpp"
#include "tensor/isa.hpp"
#include "tensor/math_array.hpp"
#include "tensor/math_table.hpp"

using namespace dact;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kTiny = 0x1p-149f;
constexpr float kMax = std::numeric_limits<float>::max();

// Equal bits, any NaN equal to any other.
bool same(float a, float b) {
  return (math::isnan(a) && math::isnan(b)) || math::bits_of(a) == math::bits_of(b);
}

struct Case {
  float x, y;
};
template <class F>
void check_cases(const char* name, F f, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    const float got = f(c.x);
    CHECK_MESSAGE(same(got, c.y), name, "(", c.x, ") = ", got, ", want ", c.y);
  }
}
#define CHECK_CASES(name, ...) \
  check_cases(                 \
      #name, [](float x) { return math::name(x); }, std::vector<Case>{__VA_ARGS__})

}  // namespace

TEST_CASE("math: ulp_error counts units of the last place") {
  CHECK(ulp_error(1.0, 1.0f) == 0);
  CHECK(ulp_error(1.0, std::nextafter(1.0f, 2.0f)) == 1);
  CHECK(ulp_error(1.0, std::nextafter(1.0f, 0.0f)) == 0.5);
  CHECK(ulp_error(0x1.8p-149, kTiny) == 0.5);
  CHECK(ulp_error(0x1p128, kMax) == 1);
  CHECK(ulp_error(static_cast<double>(kMax), kInf) == 1);
  CHECK(ulp_error(1e300, kInf) == 0);
  CHECK(std::isinf(ulp_error(1.0, kNan)));
  CHECK(std::isinf(ulp_error(std::nan(""), 1.0f)));
  CHECK(std::isinf(ulp_error(0.0, -0.0f)));
  CHECK(std::isinf(ulp_error(HUGE_VAL, kMax)));
}

// 1021 is prime: the sample meets every exponent and all low bits. Half a million inputs on the slower copies.
TEST_CASE("math: errors stay within the bounds, on every instruction set") {
  const Isa before = isa();
  for (const Isa copy : available_isas()) {
    set_isa(copy);
    const std::uint64_t stride = copy == available_isas().back() ? 1021 : 8191;
    for (const std::string& name : math_function_names()) {
      const MathError e = measure_math(name, stride);
      CHECK_MESSAGE(e.max_ulp <= e.bound, name, " ", name_of(copy), ": ", e.max_ulp, " ulp at ",
                    e.worst_x, ", ", e.worst_y);
      CHECK(e.count == ((std::uint64_t{1} << 32) + stride - 1) / stride);
    }
  }
  set_isa(before);
}

TEST_CASE("math: measure_math refuses what it does not know") {
  CHECK_THROWS_AS(measure_math("cbrt", 1), UsageError);
  CHECK_THROWS_AS(measure_math("exp", 0), UsageError);
}

TEST_CASE("math: special values") {
  CHECK_CASES(exp, {0, 1}, {-0.0f, 1}, {kInf, kInf}, {-kInf, 0}, {kNan, kNan}, {89, kInf},
              {-104, 0}, {1e30f, kInf});
  CHECK_CASES(expm1, {-0.0f, -0.0f}, {kInf, kInf}, {-kInf, -1}, {kNan, kNan}, {kTiny, kTiny},
              {-kTiny, -kTiny});
  CHECK_CASES(log, {1, 0}, {0, -kInf}, {-0.0f, -kInf}, {-1, kNan}, {-kInf, kNan}, {kInf, kInf},
              {kNan, kNan});
  CHECK_CASES(log1p, {-0.0f, -0.0f}, {-1, -kInf}, {-2, kNan}, {kInf, kInf}, {kNan, kNan},
              {kTiny, kTiny});
  CHECK_CASES(sqrt, {-0.0f, -0.0f}, {-1, kNan}, {kInf, kInf}, {kNan, kNan}, {4, 2});
  CHECK_CASES(rsqrt, {0, kInf}, {-0.0f, -kInf}, {kInf, 0}, {-1, kNan}, {-kInf, kNan}, {kNan, kNan},
              {4, 0.5f});
  CHECK_CASES(sin, {0, 0}, {-0.0f, -0.0f}, {kInf, kNan}, {-kInf, kNan}, {kNan, kNan},
              {-kTiny, -kTiny});
  CHECK_CASES(cos, {0, 1}, {-0.0f, 1}, {kInf, kNan}, {-kInf, kNan}, {kNan, kNan});
  CHECK_CASES(tan, {0, 0}, {-0.0f, -0.0f}, {kInf, kNan}, {-kInf, kNan}, {kNan, kNan},
              {kTiny, kTiny});
  CHECK_CASES(asin, {0, 0}, {-0.0f, -0.0f}, {1.0000001f, kNan}, {-kInf, kNan}, {kNan, kNan},
              {1, 0x1.921fb6p+0f});
  CHECK_CASES(acos, {1, 0}, {-1, 0x1.921fb6p+1f}, {0, 0x1.921fb6p+0f}, {1.0000001f, kNan},
              {kNan, kNan});
  CHECK_CASES(tanh, {-0.0f, -0.0f}, {kInf, 1}, {-kInf, -1}, {kNan, kNan}, {kTiny, kTiny},
              {-20, -1});
  CHECK_CASES(erf, {-0.0f, -0.0f}, {kInf, 1}, {-kInf, -1}, {kNan, kNan}, {5, 1});
  CHECK_CASES(sigmoid, {0, 0.5f}, {-0.0f, 0.5f}, {kInf, 1}, {-kInf, 0}, {kNan, kNan}, {-200, 0});
  CHECK_CASES(silu, {0, 0}, {-0.0f, -0.0f}, {kInf, kInf}, {-kInf, -0.0f}, {kNan, kNan},
              {kMax, kMax}, {-kMax, -0.0f});
  CHECK_CASES(gelu, {0, 0}, {-0.0f, -0.0f}, {kInf, kInf}, {-kInf, -0.0f}, {kNan, kNan},
              {kMax, kMax}, {-kMax, -0.0f});
  CHECK_CASES(gelu_quick, {0, 0}, {-0.0f, -0.0f}, {kInf, kInf}, {-kInf, -0.0f}, {kNan, kNan},
              {kMax, kMax});
  CHECK_CASES(softplus, {kInf, kInf}, {-kInf, 0}, {kNan, kNan}, {kMax, kMax}, {0, 0x1.62e43p-1f});
  CHECK_CASES(sign, {3, 1}, {-kTiny, -1}, {0, 0}, {-0.0f, 0}, {kNan, kNan}, {-kInf, -1});
  CHECK_CASES(abs, {-0.0f, 0}, {-3, 3}, {-kInf, kInf}, {kNan, kNan});
  CHECK_CASES(relu, {-0.0f, 0}, {-3, 0}, {3, 3}, {kNan, kNan}, {-kInf, 0}, {kInf, kInf});
}

TEST_CASE("math: rounding to integers") {
  CHECK_CASES(round, {0.5f, 0}, {1.5f, 2}, {2.5f, 2}, {-0.5f, -0.0f}, {-2.5f, -2},
              {8388609, 8388609}, {kNan, kNan});
  CHECK_CASES(floor, {0.5f, 0}, {-0.5f, -1}, {-0.0f, -0.0f}, {-2, -2}, {-kInf, -kInf}, {kNan, kNan},
              {4194304.5f, 4194304});
  CHECK_CASES(ceil, {0.5f, 1}, {-0.5f, -0.0f}, {-0.0f, -0.0f}, {2, 2}, {kInf, kInf}, {kNan, kNan});
  CHECK_CASES(trunc, {1.9f, 1}, {-1.9f, -1}, {-0.9f, -0.0f}, {kInf, kInf}, {kNan, kNan});
  CHECK(math::round(2.5) == 2.0);
  CHECK(math::floor(-0.5) == -1.0);
}

TEST_CASE("math: maximum and minimum let NaN win and order the zeros") {
  CHECK(same(math::max(0.0f, -0.0f), 0.0f));
  CHECK(same(math::max(-0.0f, 0.0f), 0.0f));
  CHECK(same(math::min(0.0f, -0.0f), -0.0f));
  CHECK(same(math::min(-0.0f, 0.0f), -0.0f));
  CHECK(same(math::max(-0.0f, -0.0f), -0.0f));
  for (const float other : {1.0f, -kInf, kInf, kNan}) {
    CHECK(math::isnan(math::max(kNan, other)));
    CHECK(math::isnan(math::max(other, kNan)));
    CHECK(math::isnan(math::min(kNan, other)));
    CHECK(math::isnan(math::min(other, kNan)));
  }
  CHECK(math::max(2.0f, 3.0f) == 3.0f);
  CHECK(math::min(2.0, 3.0) == 2.0);
  CHECK(math::clamp(5.0f, 0.0f, 1.0f) == 1.0f);
  CHECK(math::isnan(math::clamp(kNan, 0.0f, 1.0f)));
}

TEST_CASE("math: pow and atan2 have the special cases of C99") {
  const std::array<float, 19> values = {0.0f, -0.0f,       1,     -1,    0.5f,  -0.5f, 2,
                                        -2,   3,           -3,    2.5f,  -2.5f, kInf,  -kInf,
                                        kNan, 16777217.0f, kTiny, -kMax, -7};
  for (const float a : values) {
    for (const float b : values) {
      CAPTURE(a);
      CAPTURE(b);
      const double x = static_cast<double>(a), y = static_cast<double>(b);
      CHECK(ulp_error(std::pow(x, y), math::pow(a, b)) <= 0.51);
      CHECK(ulp_error(std::atan2(x, y), math::atan2(a, b)) <= 1.5);
    }
  }
}

TEST_CASE("math: bfloat16 and float16 round to nearest even") {
  CHECK(math::to_bf16_bits(1.0f) == 0x3f80);
  CHECK(math::to_bf16_bits(0x1.01p0f) == 0x3f80);  // tie to even
  CHECK(math::to_bf16_bits(0x1.03p0f) == 0x3f82);  // tie to even, upwards
  CHECK(math::to_bf16_bits(kMax) == 0x7f80);
  CHECK(math::to_bf16_bits(-kInf) == 0xff80);
  CHECK(math::to_bf16_bits(kNan) == 0x7fc0);
  CHECK(math::to_f16_bits(65504.0f) == 0x7bff);
  CHECK(math::to_f16_bits(65519.0f) == 0x7bff);
  CHECK(math::to_f16_bits(65520.0f) == 0x7c00);
  CHECK(math::to_f16_bits(-0x1p-24f) == 0x8001);
  CHECK(math::to_f16_bits(0x1p-25f) == 0);    // tie to even
  CHECK(math::to_f16_bits(0x1.8p-24f) == 2);  // tie to even
  CHECK(math::to_f16_bits(0x1.ffcp-15f) ==
        0x0400);  // the largest subnormals round up into the normals
  CHECK(math::to_f16_bits(kNan) == 0x7e00);
  // from double the value is rounded once: 1 + 2^-11 + 2^-40 is above the tie that float sees
  CHECK(math::to_f16_bits(1.0 + 0x1p-11 + 0x1p-40) == 0x3c01);
  CHECK(math::to_bf16_bits(1.0 + 0x1p-8 + 0x1p-40) == 0x3f81);
  CHECK(math::to_bf16_bits(-1.0 - 0x1p-8) == 0xbf80);
  for (std::uint32_t b = 0; b < 0x10000; ++b) {
    const std::uint16_t h = static_cast<std::uint16_t>(b);
    const float from16 = math::from_f16_bits(h), from_b = math::from_bf16_bits(h);
    if (!math::isnan(from16)) REQUIRE(math::to_f16_bits(from16) == h);
    if (!math::isnan(from_b)) REQUIRE(math::to_bf16_bits(from_b) == h);
  }
  CHECK(math::from_f16_bits(0x0001) == 0x1p-24f);
  CHECK(math::from_f16_bits(0x3555) == 0x1.554p-2f);
  CHECK(math::isnan(math::from_f16_bits(0xfe00)));
}

TEST_CASE("math: numbers to integers truncate and saturate") {
  using I = std::int32_t;
  using L = std::int64_t;
  using B = std::uint8_t;
  CHECK(math::to_integer<I>(-1.9f) == -1);
  CHECK(math::to_integer<I>(3e9f) == std::numeric_limits<I>::max());
  CHECK(math::to_integer<I>(-3e9f) == std::numeric_limits<I>::min());
  CHECK(math::to_integer<I>(-2147483648.0f) == std::numeric_limits<I>::min());
  CHECK(math::to_integer<I>(2147483520.0f) == 2147483520);
  CHECK(math::to_integer<I>(kNan) == 0);
  CHECK(math::to_integer<L>(0x1p63f) == std::numeric_limits<L>::max());
  CHECK(math::to_integer<L>(-0x1p63) == std::numeric_limits<L>::min());
  CHECK(math::to_integer<L>(-kInf) == std::numeric_limits<L>::min());
  CHECK(math::to_integer<L>(0x1.fffffffffffffp62) == 0x7ffffffffffffc00);
  CHECK(math::to_integer<B>(255.9f) == 255);
  CHECK(math::to_integer<B>(256.0f) == 255);
  CHECK(math::to_integer<B>(-0.5f) == 0);
  CHECK(math::to_integer<B>(-3.0) == 0);
}

// The short reduction serves |x| < kNear everywhere, so the array forms must give the bits of the plain functions.
TEST_CASE("math: sin, cos and tan of arrays equal the plain functions bit for bit") {
  std::vector<float> x;
  for (std::uint32_t i = 0; i < 100000; ++i) x.push_back(math::float_of(i * 42949u));
  for (const float edge : {32767.998f, 32768.0f, -32768.0f, kInf, kNan, 0.0f, -0.0f})
    x.push_back(edge);
  const std::int64_t n = static_cast<std::int64_t>(x.size());
  std::vector<float> s(x.size()), c(x.size()), t(x.size());
  math::sin_array(x.data(), s.data(), n);
  math::cos_array(x.data(), c.data(), n);
  math::tan_array(x.data(), t.data(), n);
  for (std::size_t i = 0; i < x.size(); ++i) {
    REQUIRE(same(s[i], math::sin(x[i])));
    REQUIRE(same(c[i], math::cos(x[i])));
    REQUIRE(same(t[i], math::tan(x[i])));
  }
}
