#include "reenact/pipeline/reenactor.hpp"

#include "tensor/error.hpp"

namespace dact::reenact {
namespace {

// The same sample B times, as rows of their own.
Tensor repeated(const Tensor& x, std::int64_t batch) {
  Shape shape = x.shape();
  shape[0] = batch;
  return x.expanded(shape).contiguous();
}

}  // namespace

Reenactor::Reenactor(const ReenactmentModel& model, const ReenactorOptions& options)
    : model_(model), options_(options) {
  decode_ = diffusion::sampling_steps(model.config(), options.steps);
  invert_ = diffusion::sampling_steps(model.config(), options.inversion_steps);
}

void Reenactor::require_steps(const diffusion::DiffAEConfig& config,
                              const ReenactorOptions& options) {
  diffusion::sampling_steps(config, options.steps);
  diffusion::sampling_steps(config, options.inversion_steps);
}

void Reenactor::take_source(const Tensor& image, const Tensor& driving,
                            diffusion::SamplerProgress* progress) {
  const std::int64_t size = model_.config().image_size;
  require_shape("take_source", "image", image, {1, 3, size, size});
  const NoGrad no_grad;
  const Var x_0 = nn::input_of(model_, image);
  const Var z_src = model_.encoder(x_0, nn::input_of(model_, driving));
  x_T_ = diffusion::ddim_invert(model_.inverting(), invert_, x_0, z_src,
                                {.clip = options_.clip, .progress = progress})
             .value();
  z_src_ = z_src.value();
  image_ = x_0.value();
}

Tensor Reenactor::frames(const Tensor& driving, diffusion::SamplerProgress* progress) const {
  if (!image_.defined()) throw UsageError("reenactor", "a source must be taken before frames");
  const std::int64_t batch = driving.size(0);
  const NoGrad no_grad;
  const Var z_r = model_.encoder(Var(repeated(image_, batch)), nn::input_of(model_, driving));
  return diffusion::ddim_decode(model_.decoding(), decode_, Var(repeated(x_T_, batch)), z_r,
                                {.clip = options_.clip, .progress = progress})
      .value()
      .to(Device::cpu);
}

}  // namespace dact::reenact
