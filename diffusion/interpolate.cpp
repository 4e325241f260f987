#include "diffusion/interpolate.hpp"

#include <algorithm>
#include <cmath>

#include "tensor/hostmath.hpp"

namespace dact::diffusion {
namespace {

// Below this sine the circle is not determined by f32 inner products.
constexpr double kLeastSine = 1e-3;

Tensor weighted(const Tensor& a, double weight_a, const Tensor& b, double weight_b) {
  const NoGrad no_grad;
  return add(mul_scalar(Var(a), weight_a), mul_scalar(Var(b), weight_b)).value();
}

double dot(const Tensor& a, const Tensor& b) {
  const NoGrad no_grad;
  return sum(mul(Var(a), Var(b))).value().item();
}

Tensor of_one_sample(const Tensor& a, const Tensor& b, double s) {
  const double lengths = std::sqrt(dot(a, a)) * std::sqrt(dot(b, b));
  const double cosine = lengths > 0 ? std::clamp(dot(a, b) / lengths, -1.0, 1.0) : 1.0;
  const double angle = hostmath::acos(cosine), sine = hostmath::sin(angle);
  if (!(sine >= kLeastSine)) return interpolate_linear(a, b, s);
  return weighted(a, hostmath::sin((1 - s) * angle) / sine, b, hostmath::sin(s * angle) / sine);
}

}  // namespace

Tensor interpolate_linear(const Tensor& a, const Tensor& b, double s) {
  require_same_shape("interpolate_linear", a, b);
  return weighted(a, 1 - s, b, s);
}

Tensor interpolate_spherical(const Tensor& a, const Tensor& b, double s) {
  require_same_shape("interpolate_spherical", a, b);
  const NoGrad no_grad;
  Vars samples;
  for (std::int64_t n = 0; n < a.size(0); ++n)
    samples.emplace_back(of_one_sample(a.sliced(0, n, n + 1), b.sliced(0, n, n + 1), s));
  return cat(samples, 0).value();
}

}  // namespace dact::diffusion
