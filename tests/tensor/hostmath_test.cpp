// Elementary functions for host numbers against long double libm.
#include "tensor/hostmath.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "tensor/error.hpp"

using namespace dact;

namespace {

// Largest relative error of f over 20000 points of [a, b], placed by the golden ratio.
template <class F, class G>
double largest_error(double a, double b, F f, G truth) {
  double worst = 0, t = 0;
  for (int i = 0; i < 20000; ++i) {
    t += 0.6180339887498949;
    t -= std::floor(t);
    const double x = a + (b - a) * t;
    const long double y = truth(static_cast<long double>(x));
    if (y == 0) continue;
    const long double error = std::abs(static_cast<long double>(f(x)) - y) / std::abs(y);
    worst = std::max(worst, static_cast<double>(error));
  }
  return worst;
}

#define CHECK_ACCURATE(a, b, ours, theirs)                                                         \
  CHECK(largest_error(                                                                             \
            a, b, [](double x) { return hostmath::ours; }, [](long double x) { return theirs; }) < \
        1e-15)

}  // namespace

TEST_CASE("hostmath: relative errors stay below 1e-15") {
  CHECK_ACCURATE(-700, 700, exp(x), std::exp(x));
  CHECK_ACCURATE(-1e-3, 1e-3, exp(x), std::exp(x));
  CHECK_ACCURATE(0.5, 2, log(x), std::log(x));
  CHECK_ACCURATE(1e-300, 1e-290, log(x), std::log(x));
  CHECK_ACCURATE(1e-310, 2e-310, log(x), std::log(x));
  CHECK_ACCURATE(-10, 10, sin(x), std::sin(x));
  CHECK_ACCURATE(-10, 10, cos(x), std::cos(x));
  CHECK_ACCURATE(-10, 10, tan(x), std::tan(x));
  CHECK_ACCURATE(-1e9, 1e9, sin(x), std::sin(x));
  CHECK_ACCURATE(-1e9, 1e9, cos(x), std::cos(x));
  CHECK_ACCURATE(-1, 1, asin(x), std::asin(x));
  CHECK_ACCURATE(-1, 1, acos(x), std::acos(x));
  CHECK_ACCURATE(0.9999999, 1, acos(x), std::acos(x));
  CHECK_ACCURATE(-3, 3, atan2(x, 1.0), std::atan2(x, 1.0L));
  CHECK_ACCURATE(-3, 3, atan2(x, -1.0), std::atan2(x, -1.0L));
  CHECK_ACCURATE(-1e5, 1e5, atan2(2.0, x), std::atan2(2.0L, x));
  CHECK_ACCURATE(0, 500000, pow(0.999, x), std::pow(static_cast<long double>(0.999), x));
  CHECK_ACCURATE(0, 10, pow(x, 7.25), std::pow(x, 7.25L));
  CHECK_ACCURATE(1e-9, 1e-8, pow(x, -31.5), std::pow(x, -31.5L));
}

TEST_CASE("hostmath: special values") {
  constexpr double inf = std::numeric_limits<double>::infinity();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(hostmath::exp(inf) == inf);
  CHECK(hostmath::exp(-inf) == 0);
  CHECK(hostmath::exp(0) == 1);
  CHECK(hostmath::exp(-745) == std::exp(-745.0));
  CHECK(std::isnan(hostmath::exp(nan)));
  CHECK(hostmath::log(0) == -inf);
  CHECK(hostmath::log(1) == 0);
  CHECK(hostmath::log(inf) == inf);
  CHECK(std::isnan(hostmath::log(-1)));
  CHECK(std::isnan(hostmath::sin(inf)));
  CHECK(std::isnan(hostmath::cos(nan)));
  CHECK(std::signbit(hostmath::sin(-0.0)));
  CHECK(hostmath::cos(0) == 1);
  CHECK(std::isnan(hostmath::asin(1.5)));
  CHECK(hostmath::acos(1) == 0);
  CHECK(hostmath::pow(0, 0) == 1);
  CHECK(hostmath::pow(0, 2) == 0);
  CHECK(hostmath::pow(0, -2) == inf);
  CHECK(std::isnan(hostmath::pow(-1, 2)));
  CHECK(hostmath::pow(2, 10) == 1024);
  CHECK(hostmath::pow(1e300, 2) == inf);
  for (const double y : {0.0, -0.0, 1.0, -1.0, inf, -inf})
    for (const double x : {0.0, -0.0, 1.0, -1.0, inf, -inf}) {
      CAPTURE(y);
      CAPTURE(x);
      CHECK(hostmath::atan2(y, x) == std::atan2(y, x));
      CHECK(std::signbit(hostmath::atan2(y, x)) == std::signbit(std::atan2(y, x)));
    }
}

TEST_CASE("hostmath: angles beyond 2^30 are refused") {
  CHECK_THROWS_AS(hostmath::sin(1e10), NumericError);
  CHECK_THROWS_AS(hostmath::cos(-1e10), NumericError);
  CHECK_THROWS_AS(hostmath::tan(1e300), NumericError);
}
