#include "tensor/math_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tensor/error.hpp"
#include "tensor/isa.hpp"
#include "tensor/math.hpp"
#include "tensor/math_eval.kernels.hpp"
#include "tensor/parallel.hpp"

namespace dact {
namespace {

using Reference = double (*)(double, double);

struct Entry {
  std::string_view name;
  double bound;
  bool binary;
  Reference truth;
};

// Rounding to integers is ours for double too: the truth there comes from libm.
namespace truth {
using namespace math;
double floor(double x) { return std::floor(x); }
double ceil(double x) { return std::ceil(x); }
double round(double x) { return std::nearbyint(x); }
double trunc(double x) { return std::trunc(x); }
}  // namespace truth

constexpr Entry kEntries[] = {
#define DACT_ENTRY(f, bound) {#f, bound, false, [](double x, double) { return truth::f(x); }},
    DACT_MATH_UNARY(DACT_ENTRY)
#undef DACT_ENTRY
#define DACT_ENTRY(f, bound) {#f, bound, true, [](double x, double y) { return truth::f(x, y); }},
        DACT_MATH_BINARY(DACT_ENTRY)
#undef DACT_ENTRY
};

// Steele, Lea and Flood 2014, figure 15: SplitMix64's output function.
std::uint64_t mixed(std::uint64_t i) {
  std::uint64_t z = (i + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// Half of the pairs are any bits; most of those leave the interesting range. The other half is aimed: for pow
// y = t / log2 |x| with t in [-151, 129), for atan2 exponents at most 16 apart.
void pair_at(std::uint64_t i, bool power, float& x, float& y) {
  const std::uint64_t r = mixed(i);
  x = math::float_of(static_cast<std::uint32_t>(r));
  y = math::float_of(static_cast<std::uint32_t>(r >> 32));
  if (i % 2 == 0) return;
  const std::uint64_t s = mixed(r);
  if (power) {
    x = math::abs(x);
    const double t = static_cast<double>(s >> 11) * 0x1p-53 * 280.0 - 151.0;
    const float aimed = static_cast<float>(t / std::log2(static_cast<double>(x)));
    y = s % 16 == 0 ? math::round(aimed) : aimed;
    if (s % 32 == 0) x = -x;
  } else {
    const std::uint32_t near =
        math::bits_of(y) + (static_cast<std::uint32_t>(s % 33) << 23) - (16u << 23);
    x = math::float_of((near & 0xff800000u) | (math::bits_of(x) & 0x7fffffu));
  }
}

struct Worst {
  double ulp = 0;
  float x = 0, y = 0;
};

constexpr std::int64_t kBlock = 1024;

// Inputs [begin, begin + n), n <= kBlock.
void measure_block(int id, std::uint64_t begin, std::int64_t n, std::uint64_t stride,
                   Worst& worst) {
  const Entry& entry = kEntries[id];
  float x[kBlock], y[kBlock] = {}, out[kBlock];
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint64_t at = begin + static_cast<std::uint64_t>(i);
    if (entry.binary)
      pair_at(at, entry.name == "pow", x[i], y[i]);
    else
      x[i] = math::float_of(static_cast<std::uint32_t>(at * stride));
  }
  DACT_PICK(math_eval)(id, x, y, out, n);
  for (std::int64_t i = 0; i < n; ++i) {
    const double truth = entry.truth(static_cast<double>(x[i]), static_cast<double>(y[i]));
    const double error = ulp_error(truth, out[i]);
    if (error > worst.ulp) worst = {error, x[i], y[i]};
  }
}

int find(std::string_view name) {
  int id = 0;
  for (const Entry& e : kEntries) {
    if (e.name == name) return id;
    ++id;
  }
  std::string known;
  for (const Entry& e : kEntries) known.append(known.empty() ? "" : ", ").append(e.name);
  throw UsageError("measure_math", fmt::format("name must be one of {}, got '{}'", known, name));
}

}  // namespace

double ulp_error(double truth, float y) {
  constexpr double wrong = std::numeric_limits<double>::infinity();
  if (std::isnan(truth) || std::isnan(y)) return std::isnan(truth) && std::isnan(y) ? 0 : wrong;
  if ((truth == 0 || y == 0.0f) && std::signbit(truth) != std::signbit(y)) return wrong;
  const float nearest = static_cast<float>(truth);
  if (std::isinf(truth)) return y == nearest ? 0 : wrong;
  const std::uint32_t exponent = math::bits_of(math::abs(nearest)) >> 23;
  const std::uint64_t place = std::clamp(exponent, 1u, 254u) + (1023 - 150);
  const double unit = math::double_of(place << 52);
  if (exponent < 255 && std::isfinite(y)) return std::abs(static_cast<double>(y) - truth) / unit;
  // infinity stands for 2^128, the number after the largest float
  const auto value = [](double v) { return std::clamp(v, -0x1p128, 0x1p128); };
  return std::abs(value(static_cast<double>(y)) - value(truth)) / unit;
}

std::vector<std::string> math_function_names() {
  std::vector<std::string> names;
  for (const Entry& e : kEntries) names.emplace_back(e.name);
  return names;
}

MathError measure_math(std::string_view name, std::uint64_t stride) {
  const int id = find(name);
  if (stride == 0) throw UsageError("measure_math", "stride must be at least 1, got 0");
  constexpr std::uint64_t all = std::uint64_t{1} << 32;
  const std::uint64_t count = (all + stride - 1) / stride;
  constexpr std::uint64_t piece = 64 * kBlock;
  std::vector<Worst> worst((count + piece - 1) / piece);
  parallel_for(static_cast<std::int64_t>(worst.size()), [&](std::int64_t p) {
    const std::uint64_t first = static_cast<std::uint64_t>(p) * piece;
    const std::uint64_t end = std::min(count, first + piece);
    for (std::uint64_t at = first; at < end; at += kBlock) {
      const std::int64_t n = static_cast<std::int64_t>(std::min<std::uint64_t>(kBlock, end - at));
      measure_block(id, at, n, stride, worst[static_cast<std::size_t>(p)]);
    }
  });
  MathError r{.name = std::string(name),
              .count = count,
              .bound = kEntries[id].bound,
              .binary = kEntries[id].binary};
  for (const Worst& w : worst) {
    if (w.ulp <= r.max_ulp) continue;
    r.max_ulp = w.ulp;
    r.worst_x = w.x;
    r.worst_y = w.y;
  }
  return r;
}

}  // namespace dact
