// Noise schedules and their respacing (spec/diffae.md 6.1, 6.2), in float64.
#pragma once
#include <cstdint>
#include <vector>

#include "autograd/ops.hpp"

namespace dact::diffusion {

/// abar_t = prod_{s <= t} (1 - beta_s) of a process with T steps.
struct Schedule {
  std::vector<double> betas, alphas_cumprod;
};

/// beta_t = linspace(1e-4, 0.02, steps) (Ho et al. 2020, section 4).
Schedule linear_schedule(std::int64_t steps = 1000);

/// Slower at both ends than the linear one, for small images.
/// equation     beta_t = min(1 - f(t + 1) / f(t), 0.999)
///              f(t) = cos^2((t / steps + 0.008) / 1.008 * pi / 2)
/// source       Nichol and Dhariwal 2021, eq. 17; abar follows from the clipped betas
Schedule cosine_schedule(std::int64_t steps = 1000);

/// Which n of the T steps a sampler takes.
/// stride       t_i = k i, with the smallest k for which ceil(T / k) = n: the official models
/// quadratic    t_i = max(t_{i-1} + 1, floor((T - 1) i^2 / (n - 1)^2)): close together near the clean
///              image, where a step of the same length bends the path most (Song et al. 2021, D.2)
enum class Spacing { stride, quadratic };

/// A subset of the steps, for sampling.
struct Respaced {
  std::vector<std::int64_t>
      timestep_map;  // original step numbers, ascending: what the network is given
  std::vector<double> betas, alphas_cumprod, alphas_cumprod_prev, alphas_cumprod_next;
  std::vector<double> sqrt_recip_alphas_cumprod, sqrt_recipm1_alphas_cumprod;
};
/// UsageError for an n that no stride reaches, with the nearest that work; quadratic: outside 2 to T.
Respaced respace(const Schedule& full, std::int64_t n, Spacing spacing = Spacing::stride);

/// x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) noise, t per sample (Ho et al. 2020, eq. 4). Coefficients in float64,
/// rounded once.   x_0, noise [B, C, H, W]   t i64 [B]
Var q_sample(const Schedule& schedule, const Var& x_0, const Tensor& t, const Var& noise);

/// What a v-predicting network is trained to say at x_t = q_sample(schedule, x_0, t, noise).
/// equation     v = sqrt(abar_t) noise - sqrt(1 - abar_t) x_0   (Salimans and Ho 2022, appendix D)
Var v_target(const Schedule& schedule, const Var& x_0, const Tensor& t, const Var& noise);

/// The training loss of an eps-predicting network; with v and v_target in their places, of a v-predicting one.
/// equation     per_sample_n = mean over C, H, W of (noise - eps)^2;  mean = mean over n   (Ho et al. 2020, eq. 14)
struct DiffusionLoss {
  Var per_sample, mean;  // [B], []
};
DiffusionLoss eps_loss(const Var& eps, const Var& noise);

}  // namespace dact::diffusion
