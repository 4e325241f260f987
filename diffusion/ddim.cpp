#include "diffusion/ddim.hpp"

#include <string>

#include "tensor/error.hpp"
#include "tensor/math.hpp"

namespace dact::diffusion {
namespace {

float rounded(const std::vector<double>& values, std::int64_t i) {
  return static_cast<float>(values[static_cast<std::size_t>(i)]);
}

Var times(const Var& x, float factor) { return mul_scalar(x, static_cast<double>(factor)); }

std::int64_t steps_of(const Respaced& subset) {
  return static_cast<std::int64_t>(subset.timestep_map.size());
}

Tensor step_numbers(const Var& x, std::int64_t t) {
  return full({x.size(0)}, static_cast<double>(t), DType::i64).to(x.value().device());
}

DdimStep run_step(const UNet& unet, const Respaced& subset, std::int64_t i, Direction direction,
                  const Var& x, const Var& z, const DdimOptions& options) {
  const Tensor t = step_numbers(x, subset.timestep_map[static_cast<std::size_t>(i)]);
  const Prediction prediction = unet.config().prediction;
  if (!options.checkpoint_steps)
    return ddim_step(subset, i, direction, x, unet(x, t, z), prediction, options.clip);
  const auto region = [&unet, subset, i, direction, t, prediction,
                       clip = options.clip](std::span<const Var> in) {
    const DdimStep step =
        ddim_step(subset, i, direction, in[0], unet(in[0], t, in[1]), prediction, clip);
    return Vars{step.x, step.x_0};
  };
  const Vars out = checkpoint(region, {x, z});
  return {out[0], out[1]};
}

void tell(const Respaced& subset, std::int64_t done, std::int64_t i, const DdimStep& step,
          SamplerProgress* progress) {
  if (progress == nullptr) return;
  StepReport report{.done = done,
                    .total = steps_of(subset),
                    .t = subset.timestep_map[static_cast<std::size_t>(i)],
                    .x = step.x.value(),
                    .x_0 = {}};
  const std::int64_t every = progress->x_0_every;
  if (every > 0 && (done % every == 0 || done == report.total)) report.x_0 = step.x_0.value();
  progress->after(report);
}

Var walk(const UNet& unet, const Respaced& subset, Direction direction, const Var& start,
         const Var& z, const DdimOptions& options) {
  const std::int64_t total = steps_of(subset);
  if (options.done < 0 || options.done > total)
    throw UsageError("ddim", "the steps done must be 0 to " + std::to_string(total) + ", got " +
                                 std::to_string(options.done));
  Var x = start;
  for (std::int64_t done = options.done; done < total; ++done) {
    const std::int64_t i = direction == Direction::decode ? total - 1 - done : done;
    const DdimStep step = run_step(unet, subset, i, direction, x, z, options);
    x = step.x;
    tell(subset, done + 1, i, step, options.progress);
  }
  return x;
}

}  // namespace

DdimStep ddim_step(const Respaced& subset, std::int64_t i, Direction direction, const Var& x,
                   const Var& predicted, Prediction prediction, bool clip) {
  require_same_shape("ddim_step", x.value(), predicted.value());
  if (i < 0 || i >= steps_of(subset))
    throw UsageError("ddim_step", "i must lie in [0, " + std::to_string(steps_of(subset)) +
                                      "), got " + std::to_string(i));
  const float m = rounded(subset.sqrt_recipm1_alphas_cumprod, i);
  const Var rx = times(x, rounded(subset.sqrt_recip_alphas_cumprod, i));
  Var x_0;
  if (prediction == Prediction::eps) {
    x_0 = sub(rx, times(predicted, m));
  } else {
    const float abar = rounded(subset.alphas_cumprod, i);
    x_0 = sub(times(x, math::sqrt(abar)), times(predicted, math::sqrt(1 - abar)));
  }
  if (clip) x_0 = clamp(x_0, -1, 1);
  const Var divisor(
      scalar(static_cast<double>(m), x.dtype()).to(x.value().device()));  // x / m, not x * (1 / m)
  const Var eps = div(sub(rx, x_0), divisor);
  const float a = rounded(
      direction == Direction::decode ? subset.alphas_cumprod_prev : subset.alphas_cumprod_next, i);
  return {add(times(x_0, math::sqrt(a)), times(eps, math::sqrt(1 - a))), x_0};
}

Var ddim_decode(const UNet& unet, const Respaced& subset, const Var& x_T, const Var& z_sem,
                const DdimOptions& options) {
  return walk(unet, subset, Direction::decode, x_T, z_sem, options);
}

Var ddim_invert(const UNet& unet, const Respaced& subset, const Var& x_0, const Var& z_sem,
                const DdimOptions& options) {
  return walk(unet, subset, Direction::invert, x_0, z_sem, options);
}

}  // namespace dact::diffusion
