#include "diffusion/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "tensor/error.hpp"
#include "tensor/hostmath.hpp"

namespace dact::diffusion {
namespace {

std::vector<double> cumulative(const std::vector<double>& betas) {
  std::vector<double> abar;
  double product = 1;
  for (const double beta : betas) abar.push_back(product *= 1 - beta);
  return abar;
}

// The smallest stride whose subset of T steps has n members, or 0.
std::int64_t stride_for(std::int64_t total, std::int64_t n) {
  for (std::int64_t k = 1; n > 0 && k <= total; ++k)
    if ((total + k - 1) / k == n) return k;
  return 0;
}

[[noreturn]] void refuse(std::int64_t total, std::int64_t n) {
  std::int64_t below = std::min(n, total), above = std::max<std::int64_t>(n, 1);
  while (below > 0 && !stride_for(total, below)) --below;
  while (above < total && !stride_for(total, above)) ++above;
  std::string nearest = below > 0 ? std::to_string(below) : "";
  if (above <= total) nearest += (nearest.empty() ? "" : " and ") + std::to_string(above);
  throw UsageError("respace", "the number of steps must be ceil(" + std::to_string(total) +
                                  " / stride) for a whole stride, got " + std::to_string(n) +
                                  "; the nearest that work: " + nearest);
}

std::vector<std::int64_t> strided(std::int64_t total, std::int64_t n) {
  const std::int64_t stride = stride_for(total, n);
  if (stride == 0) refuse(total, n);
  std::vector<std::int64_t> steps;
  for (std::int64_t t = 0; t < total; t += stride) steps.push_back(t);
  return steps;
}

std::vector<std::int64_t> quadratic(std::int64_t total, std::int64_t n) {
  if (n < 2 || n > total)
    throw UsageError("respace", "the number of steps must be from 2 to " + std::to_string(total) +
                                    ", got " + std::to_string(n));
  std::vector<std::int64_t> steps;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t t = (total - 1) * i * i / ((n - 1) * (n - 1));
    steps.push_back(i == 0 ? t : std::max(t, steps.back() + 1));
  }
  return steps;
}

}  // namespace

Schedule linear_schedule(std::int64_t steps) {
  Schedule s;
  s.betas = linspace(1e-4, 0.02, steps, DType::f64).to_vector<double>();
  s.alphas_cumprod = cumulative(s.betas);
  return s;
}

Schedule cosine_schedule(std::int64_t steps) {
  if (steps < 1)
    throw UsageError("cosine_schedule",
                     "the number of steps must be positive, got " + std::to_string(steps));
  constexpr double kHalfPi = 1.5707963267948966;
  constexpr double kOffset = 0.008, kLargestBeta = 0.999;  // of the paper
  const auto f = [&](std::int64_t t) {
    const double part = static_cast<double>(t) / static_cast<double>(steps);
    const double c = hostmath::cos((part + kOffset) / (1 + kOffset) * kHalfPi);
    return c * c;
  };
  Schedule s;
  for (std::int64_t t = 0; t < steps; ++t)
    s.betas.push_back(std::min(1 - f(t + 1) / f(t), kLargestBeta));
  s.alphas_cumprod = cumulative(s.betas);
  return s;
}

Respaced respace(const Schedule& full, std::int64_t n, Spacing spacing) {
  const auto total = static_cast<std::int64_t>(full.betas.size());
  Respaced r;
  r.timestep_map = spacing == Spacing::stride ? strided(total, n) : quadratic(total, n);
  double last = 1;
  for (const std::int64_t t : r.timestep_map) {
    const double abar = full.alphas_cumprod[static_cast<std::size_t>(t)];
    r.betas.push_back(1 - abar / last);
    last = abar;
  }
  r.alphas_cumprod = cumulative(r.betas);
  const auto& abar = r.alphas_cumprod;
  for (std::size_t i = 0; i < abar.size(); ++i) {
    r.alphas_cumprod_prev.push_back(i == 0 ? 1.0 : abar[i - 1]);
    r.alphas_cumprod_next.push_back(i + 1 == abar.size() ? 0.0 : abar[i + 1]);
    r.sqrt_recip_alphas_cumprod.push_back(std::sqrt(1 / abar[i]));
    r.sqrt_recipm1_alphas_cumprod.push_back(std::sqrt(1 / abar[i] - 1));
  }
  return r;
}

namespace {

// sqrt(abar_t) and sqrt(1 - abar_t), [B, 1, 1, 1], in float64 and rounded once.
struct Mixing {
  Var signal, sigma;
};
Mixing mixing_at(std::string_view where, const Schedule& schedule, const Tensor& t,
                 const Var& like) {
  std::vector<double> signal, sigma;
  for (const std::int64_t step : t.to_vector<std::int64_t>()) {
    if (step < 0 || step >= static_cast<std::int64_t>(schedule.alphas_cumprod.size()))
      throw UsageError(where, "t must lie in [0, " +
                                  std::to_string(schedule.alphas_cumprod.size()) + "), got " +
                                  std::to_string(step));
    const double abar = schedule.alphas_cumprod[static_cast<std::size_t>(step)];
    signal.push_back(std::sqrt(abar));
    sigma.push_back(std::sqrt(1 - abar));
  }
  const auto per_sample = [&](const std::vector<double>& v) {
    return Var(from_vector(v, {t.size(0), 1, 1, 1}).to(like.dtype()).to(like.value().device()));
  };
  return {per_sample(signal), per_sample(sigma)};
}

}  // namespace

Var q_sample(const Schedule& schedule, const Var& x_0, const Tensor& t, const Var& noise) {
  require_same_shape("q_sample", x_0.value(), noise.value());
  require_shape("q_sample", "t", t, {x_0.size(0)});
  const Mixing m = mixing_at("q_sample", schedule, t, x_0);
  return add(mul(x_0, m.signal), mul(noise, m.sigma));
}

Var v_target(const Schedule& schedule, const Var& x_0, const Tensor& t, const Var& noise) {
  require_same_shape("v_target", x_0.value(), noise.value());
  require_shape("v_target", "t", t, {x_0.size(0)});
  const Mixing m = mixing_at("v_target", schedule, t, x_0);
  return sub(mul(noise, m.signal), mul(x_0, m.sigma));
}

DiffusionLoss eps_loss(const Var& eps, const Var& noise) {
  const Var per_sample = mean(square(sub(noise, eps)), {1, 2, 3});
  return {per_sample, mean(per_sample)};
}

}  // namespace dact::diffusion
