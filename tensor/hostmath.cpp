#include "tensor/hostmath.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <limits>

#include "tensor/error.hpp"
#include "tensor/math_bits.hpp"

namespace dact::hostmath {
namespace {

using math::abs;
using math::bits_of;
using math::copysign;
using math::double_of;
using math::fma;
using math::isnan;
using math::signbit;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

/// A number as an unevaluated sum, |lo| at most half a unit of hi.
struct Two {
  double hi, lo;
};
// Dekker 1971: exact for |a| >= |b| or a = 0.
Two fast_two_sum(double a, double b) {
  const double s = a + b;
  return {s, b - (s - a)};
}

// c[0] + c[1] u + ... by Horner.
template <std::size_t N>
double polynomial(const double (&c)[N], double u) {
  double q = c[N - 1];
  for (std::size_t k = N - 1; k-- > 0;) q = fma(q, u, c[k]);
  return q;
}

double pow2(int n) { return double_of(static_cast<std::uint64_t>(n + 1023) << 52); }

constexpr double kLn2Hi = 0x1.62e42fefa39efp-1, kLn2Lo = 0x1.abc9e3b39803fp-56;

// e^(x + lo), |lo| tiny. x = n ln 2 + r, |r| <= 0.3466; Taylor's series, next term 0.3466^14 / 14! = 4e-18.
double exp_of(double x, double lo) {
  if (!(x > -746.0)) return isnan(x) ? x : 0.0;
  if (x > 710.0) return kInf;
  constexpr double c[] = {1.0 / 2,       1.0 / 6,        1.0 / 24,        1.0 / 120,
                          1.0 / 720,     1.0 / 5040,     1.0 / 40320,     1.0 / 362880,
                          1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};
  const double n = math::round(x * 0x1.71547652b82fep+0);  // 1 / ln 2
  const double r = fma(n, -kLn2Lo, fma(n, -kLn2Hi, x)) + lo;
  const double p = 1.0 + fma(r * r, polynomial(c, r), r);
  const int whole = static_cast<int>(n), half = whole / 2;
  return p * pow2(half) * pow2(whole - half);  // the first product is exact, the second rounds once
}

// log x for positive finite x. x = 2^k m, m in [sqrt 1/2, sqrt 2); log m = 2 atanh s, s = (m-1)/(m+1), |s| <= 0.1716;
// Taylor's series in s², next term s^24 / 25 = 2e-20.
Two log_of(double x) {
  constexpr double c[] = {1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11, 1.0 / 13,
                          1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23};
  const bool tiny = x < 0x1p-1022;
  const std::uint64_t bits = bits_of(tiny ? x * 0x1p54 : x);
  const std::uint64_t above = bits - bits_of(0x1.6a09e667f3bcdp-1);  // sqrt 1/2
  const int exponent = static_cast<int>(static_cast<std::int64_t>(above) >> 52);
  const double m = double_of(bits - (static_cast<std::uint64_t>(exponent) << 52));
  const double k = exponent - (tiny ? 54 : 0);
  // s as two numbers: d + d_lo = m + 1 exactly
  const double f = m - 1.0, d = m + 1.0, d_lo = m - (d - 1.0);
  const double s = f / d;
  const double s_lo = fma(-s, d_lo, fma(-s, d, f)) / d;
  const double u = s * s;
  const double tail = 2.0 * fma(s * u, polynomial(c, u), s_lo);
  // k·ln 2 in two parts, the first of 42 bits, so that k·hi is exact
  constexpr double ln2_hi = 0x1.62e42fefa38p-1, ln2_lo = 0x1.ef35793c7673p-45;
  if (k == 0.0) return fast_two_sum(2.0 * s, tail);
  const Two sum = fast_two_sum(k * ln2_hi, 2.0 * s);
  return fast_two_sum(sum.hi, sum.lo + fma(k, ln2_lo, tail));
}

struct Angle {
  double hi, lo;
  unsigned quadrant;
};
// Cody and Waite 1980: |x| = n pi/2 + hi + lo, pi/2 in three doubles; n < 2^30 and the cancelled bits leave hi + lo
// exact to 2^-140 or so.
Angle reduce(const char* where, double x) {
  const double a = abs(x);
  if (a > 0x1p30 && a < kInf)
    throw NumericError(where, fmt::format("|x| must be at most 2^30, got {}", x));
  if (!(a < kInf)) return {kNan, kNan, 0};
  constexpr double c1 = 0x1.921fb54442d18p+0, c2 = 0x1.1a62633145c07p-54,
                   c3 = -0x1.f1976b7ed8fbcp-110;
  const double n = math::round(a * 0x1.45f306dc9c883p-1);  // 2 / pi
  const double r = fma(n, -c1, a);
  const double p = n * c2, p_lo = fma(n, c2, -p);
  const double hi = r - p;
  const double lo = fma(n, -c3, ((r - hi) - p) - p_lo);
  return {hi, lo, static_cast<unsigned>(n) & 3u};
}

// Taylor's series on |hi| <= pi/4; next terms 0.79^19 / 19! = 9e-20 and 0.79^18 / 18! = 2e-18.
double sin_of(double hi, double lo) {
  constexpr double c[] = {
      -1.0 / 6,        1.0 / 120,        -1.0 / 5040,          1.0 / 362880,
      -1.0 / 39916800, 1.0 / 6227020800, -1.0 / 1307674368000, 1.0 / 355687428096000};
  const double u = hi * hi;
  return hi + fma(hi * u, polynomial(c, u), fma(-0.5 * u, lo, lo));
}
double cos_of(double hi, double lo) {
  constexpr double c[] = {1.0 / 24,        -1.0 / 720,         1.0 / 40320,         -1.0 / 3628800,
                          1.0 / 479001600, -1.0 / 87178291200, 1.0 / 20922789888000};
  const double u = hi * hi, half = 0.5 * u, head = 1.0 - half;
  return head + (((1.0 - head) - half) + fma(u * u, polynomial(c, u), -(hi * lo)));
}

// atan t = b + atan v, v = (t - tan b)/(1 + t tan b), for t in [0, 1] and the nearest b of 0, pi/8, pi/4;
// Taylor's series on |v| <= tan(pi/16) = 0.1990, next term v^22 / 23 = 2e-17 of the result.
double atan_of(double t) {
  constexpr double c[] = {-1.0 / 3, 1.0 / 5,   -1.0 / 7, 1.0 / 9,   -1.0 / 11,
                          1.0 / 13, -1.0 / 15, 1.0 / 17, -1.0 / 19, 1.0 / 21};
  constexpr double tan_pi_8 = 0x1.a827999fcef32p-2, pi_8 = 0x1.921fb54442d18p-2,
                   pi_4 = 0x1.921fb54442d18p-1;
  double v = t, base = 0.0;
  if (t > 0.6682) {  // tan(3 pi/16)
    v = (t - 1.0) / (t + 1.0);
    base = pi_4;
  } else if (t > 0.1989) {  // tan(pi/16)
    v = (t - tan_pi_8) / fma(t, tan_pi_8, 1.0);
    base = pi_8;
  }
  const double u = v * v;
  return base + fma(v * u, polynomial(c, u), v);
}

}  // namespace

double exp(double x) { return exp_of(x, 0.0); }

double log(double x) {
  if (!(x > 0.0)) return x == 0.0 ? -kInf : kNan;
  return x < kInf ? log_of(x).hi : x;
}

double sin(double x) {
  const Angle a = reduce("hostmath::sin", x);
  const double y = (a.quadrant & 1) != 0 ? cos_of(a.hi, a.lo) : sin_of(a.hi, a.lo);
  return ((a.quadrant & 2) != 0) != signbit(x) ? -y : y;
}

double cos(double x) {
  const Angle a = reduce("hostmath::cos", x);
  const double y = (a.quadrant & 1) != 0 ? sin_of(a.hi, a.lo) : cos_of(a.hi, a.lo);
  return ((a.quadrant + 1) & 2) != 0 ? -y : y;
}

double tan(double x) {
  const Angle a = reduce("hostmath::tan", x);
  const double s = sin_of(a.hi, a.lo), c = cos_of(a.hi, a.lo);
  const double y = (a.quadrant & 1) != 0 ? -c / s : s / c;
  return signbit(x) ? -y : y;
}

double atan2(double y, double x) {
  if (isnan(x) || isnan(y)) return kNan;
  const double ay = abs(y), ax = abs(x);
  const bool steep = ay > ax;
  const double num = steep ? ax : ay, den = steep ? ay : ax;
  const double t = num == den ? (num == 0.0 ? 0.0 : 1.0) : num / den;
  const double a = atan_of(t);
  constexpr double half_pi_hi = 0x1.921fb54442d18p+0, half_pi_lo = 0x1.1a62633145c07p-54;
  const bool left = signbit(x);
  const double turns = steep ? 1.0 : (left ? 2.0 : 0.0);
  const double part = steep != left ? -a : a;
  return copysign(turns * half_pi_hi + fma(turns, half_pi_lo, part), y);
}

double asin(double x) { return atan2(x, math::sqrt((1.0 - x) * (1.0 + x))); }
double acos(double x) { return atan2(math::sqrt((1.0 - x) * (1.0 + x)), x); }

double pow(double x, double y) {
  if (y == 0.0 || x == 1.0) return 1.0;
  if (isnan(x) || isnan(y) || x < 0.0) return kNan;
  if (x == 0.0) return y > 0.0 ? 0.0 : kInf;
  if (x == kInf) return y > 0.0 ? kInf : 0.0;
  const Two l = log_of(x);
  const double p = y * l.hi;
  if (!(abs(p) < 800.0)) return p > 0.0 ? kInf : 0.0;
  return exp_of(p, fma(y, l.hi, -p) + y * l.lo);
}

}  // namespace dact::hostmath
