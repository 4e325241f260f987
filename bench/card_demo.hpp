// heads64's main job on a device, from drawn heads to frames: for card.cpp.
#pragma once
#include <string>

#include "io/safetensors.hpp"
#include "reenact/picture.hpp"
#include "reenact/pipeline/driving.hpp"
#include "reenact/pipeline/heads64.hpp"
#include "reenact/pipeline/reenactor.hpp"
#include "reenact/world/dataset.hpp"
#include "reenact/world/person.hpp"
#include "tensor/digest.hpp"
#include "tensor/ops/cat/cat.hpp"

namespace dact {

/// Digest of `frames` frames: one person moved by another, points found by the networks, all networks on `device`.
/// weights      folder with reenact-heads64, diffae-heads64, heads64.estimator and heads64.gaze (.safetensors)
inline std::string heads64_demo(const std::string& weights, std::int64_t frames, Device device) {
  const auto tensors = [&](const std::string& name) {
    return read_safetensors(weights + "/" + name + ".safetensors").tensors;
  };
  const auto load = [&](nn::Module& module, const nn::StateDict& values) {
    nn::load_state_dict(module, values);
    nn::move_to(module, device);
  };
  nn::StateDict all = tensors("reenact-heads64");
  const bool fine_tuned = all.contains("model.out.2.bias");
  if (!fine_tuned)
    for (const auto& [key, value] : tensors("diffae-heads64"))
      if (!key.starts_with("encoder.")) all["ema_model." + key] = value;
  reenact::ReenactmentModel model(diffusion::diffae_config("heads64"),
                                  reenact::preset_of(fine_tuned ? "plain" : "ema"));
  nets::FaceEstimator estimator;
  nets::GazeEstimator gaze;
  load(model, all);
  load(estimator, tensors("heads64.estimator"));
  load(gaze, tensors("heads64.gaze"));

  const std::vector<std::uint64_t> people = world::sample_population(5, 2);
  const auto pictures = [&](std::size_t person) {
    constexpr std::int64_t kEvery = 10, kSide = 64;
    const world::Clip clip = world::make_clip(people[person], 0, frames, kEvery);
    return world::draw_clip(clip, frames, kEvery, kSide, false).rgb;
  };
  const auto picture = [](const Tensor& clip, std::int64_t frame) {
    return clip.sliced(0, frame, frame + 1).squeezed(0).contiguous();
  };
  reenact::TrackedDriving driving(std::make_unique<reenact::Heads64Tracker>(estimator, gaze),
                                  std::make_unique<reenact::HeadLandmarks>());
  const auto drawn = [](const reenact::DrivingPoints& points) {
    return reenact::driving_input(reenact::draw_points(points), 64);
  };
  const Tensor source = picture(pictures(0), 0), drivers = pictures(1);
  reenact::Reenactor reenactor(model);
  reenactor.take_source(reenact::picture_to_tensor(source), drawn(driving.of_source(source)));
  Tensors inputs;
  for (std::int64_t f = 0; f < frames; ++f)
    inputs.push_back(drawn(driving.of_driver(picture(drivers, f), f)));
  return digest_of(reenactor.frames(cat(inputs, 0)));
}

}  // namespace dact
