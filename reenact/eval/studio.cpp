#include "reenact/eval/studio.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

#include "reenact/eval/readings.hpp"
#include "reenact/picture.hpp"
#include "reenact/pipeline/heads64.hpp"
#include "reenact/train/world_source.hpp"
#include "tensor/error.hpp"
#include "tensor/ops/cat/cat.hpp"
#include "tensor/random.hpp"

namespace dact::eval {
namespace {

using diffusion::Respaced;

class EvalClock {
 public:
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - start_).count();
    start_ = now;
    return seconds;
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

class CountedSteps final : public diffusion::SamplerProgress {
 public:
  CountedSteps(EvalWatcher* watcher, std::int64_t pictures)
      : watcher_(watcher), pictures_(pictures) {}
  void after(const diffusion::StepReport&) override {
    if (watcher_ != nullptr) watcher_->worked(pictures_);
  }

 private:
  EvalWatcher* watcher_;
  std::int64_t pictures_;
};

// Gives what the world knows of a frame instead of finding it.
class KnownTracker final : public reenact::FaceTracker {
 public:
  const train::Batch* known = nullptr;
  std::int64_t frame = 0;
  reenact::FaceState track(const Tensor&) override {
    const auto row = [&](const Tensor& x) {
      return x.sliced(0, frame, frame + 1).squeezed(0).contiguous();
    };
    const auto gaze = row(known->gaze).to_vector<float>();
    return {.identity = row(known->identity),
            .expression = row(known->expression),
            .pose = row(known->pose),
            .camera = row(known->camera),
            .gaze = {.pitch = static_cast<double>(gaze[0]), .yaw = static_cast<double>(gaze[1])},
            .confidence = 1};
  }
};

// The points of one source and its drivers.
class EvalDriving {
 public:
  EvalDriving(const Subjects& subjects, PointsFrom points) {
    std::unique_ptr<reenact::FaceTracker> tracker;
    if (points == PointsFrom::truth) {
      auto known = std::make_unique<KnownTracker>();
      known_ = known.get();
      tracker = std::move(known);
    } else {
      if (subjects.estimator == nullptr || subjects.gaze == nullptr)
        throw UsageError("eval", "networks must be given where points come from them, got none");
      tracker = std::make_unique<reenact::Heads64Tracker>(*subjects.estimator, *subjects.gaze);
    }
    tracked_ = std::make_unique<reenact::TrackedDriving>(
        std::move(tracker), std::make_unique<reenact::HeadLandmarks>());
  }
  // f32 [1, 3, S, S]
  Tensor source(const EvalClip& clip, std::int64_t frame) {
    aim(clip, frame);
    return drawn(tracked_->of_source(picture_of(clip, frame)), clip);
  }
  Tensor driver(const EvalClip& clip, std::int64_t frame) {
    aim(clip, frame);
    return drawn(tracked_->of_driver(picture_of(clip, frame), frame), clip);
  }

 private:
  static Tensor picture_of(const EvalClip& clip, std::int64_t frame) {
    return clip.pictures.sliced(0, frame, frame + 1).squeezed(0).contiguous();
  }
  static Tensor drawn(const reenact::DrivingPoints& points, const EvalClip& clip) {
    return reenact::driving_input(reenact::draw_points(points), clip.pictures.size(1));
  }
  void aim(const EvalClip& clip, std::int64_t frame) {
    if (known_ == nullptr) return;
    known_->known = &clip.known;
    known_->frame = frame;
  }
  KnownTracker* known_ = nullptr;  // owned by tracked_
  std::unique_ptr<reenact::TrackedDriving> tracked_;
};

Tensor repeated_rows(const Tensor& x, std::int64_t rows) {
  Shape shape = x.shape();
  shape[0] = rows;
  return x.expanded(shape).contiguous();
}

// u8 [F, S, S, 3]
Tensor pictures_of(const Tensor& made) {
  const Tensor images = made.to(Device::cpu);
  Tensors pictures;
  for (std::int64_t i = 0; i < images.size(0); ++i)
    pictures.push_back(
        reenact::tensor_to_picture(images.sliced(0, i, i + 1).contiguous()).unsqueezed(0));
  return cat(pictures, 0);
}

// make(begin, end) of at most `batch` rows at a time, one after the other.
template <class Make>
Tensor in_batches(std::int64_t rows, std::int64_t batch, Make make) {
  Tensors parts;
  for (std::int64_t at = 0; at < rows; at += batch)
    parts.push_back(make(at, std::min(at + batch, rows)));
  return cat(parts, 0);
}

}  // namespace

Tensor EvalClip::frames(const std::vector<std::int64_t>& rows) const {
  return picked(pictures, rows);
}

EvalClip draw_eval_clip(const world::BenchSet& set, std::uint64_t person_seed,
                        std::int64_t number) {
  const world::DatasetPlan& plan = set.plan;
  const world::Clip clip = world::make_clip(person_seed, 0, plan.frames, plan.every);
  const world::DrawnClip drawn = world::draw_clip(clip, plan.frames, plan.every, plan.size, false);
  EvalClip out;
  out.pictures = drawn.rgb;
  out.number = number;
  train::set_motion(out.known, drawn.truth);
  train::set_looks(out.known, plan.frames, train::clip_looks(clip.person_seed(), clip.clip_seed()),
                   number, number);
  return out;
}

Studio::Studio(const Subjects& subjects, PointsFrom points, std::uint64_t seed, std::int64_t batch,
               EvalWatcher* watcher)
    : subjects_(subjects), points_(points), seed_(seed), batch_(batch), watcher_(watcher) {}

// One noise for all frames of a clip.
Tensor Studio::noise_of(std::int64_t clip) const {
  const std::int64_t size = subjects_.model->config().image_size;
  Tensor noise = empty({1, 3, size, size});
  fill_normal({.seed = seed_, .use = "eval.x_T"}, static_cast<std::uint32_t>(clip),
              noise.mutate<float>(), noise.numel());
  return noise;
}

Tensor Studio::decoded(const diffusion::UNet& unet, const Tensor& x_T, const Tensor& z,
                       std::int64_t steps) const {
  CountedSteps counted(watcher_, z.size(0));
  const Respaced subset = diffusion::sampling_steps(unet.config(), steps);
  return diffusion::ddim_decode(unet, subset, nn::input_of(unet, x_T), nn::input_of(unet, z),
                                {.progress = &counted})
      .value();
}

Tensor Studio::inverted(const diffusion::UNet& unet, const Tensor& image, const Tensor& z,
                        std::int64_t steps) const {
  CountedSteps counted(watcher_, z.size(0));
  const Respaced subset = diffusion::sampling_steps(unet.config(), steps);
  return diffusion::ddim_invert(unet, subset, nn::input_of(unet, image), nn::input_of(unet, z),
                                {.progress = &counted})
      .value();
}

Made Studio::reenacted(const EvalClip& source, std::int64_t source_frame, const EvalClip& driver,
                       const std::vector<std::int64_t>& frames, const Sampling& sampling) const {
  const NoGrad no_grad;
  EvalClock clock;
  Made made;
  EvalDriving driving(subjects_, points_);
  const reenact::ReenactmentModel& model = *subjects_.model;
  const Tensor image = images_of(source.frames({source_frame}));
  const Tensor y_src = driving.source(source, source_frame);
  const Tensor z_src =
      model.encoder(nn::input_of(model, image), nn::input_of(model, y_src)).value();
  const Tensor x_T = sampling.random_x_T
                         ? noise_of(source.number)
                         : inverted(model.inverting(), image, z_src, sampling.inversion_steps);
  made.source_seconds = clock.lap();
  const auto rows = static_cast<std::int64_t>(frames.size());
  made.pictures = in_batches(rows, batch_, [&](std::int64_t begin, std::int64_t end) {
    Tensors y;
    for (std::int64_t i = begin; i < end; ++i)
      y.push_back(driving.driver(driver, frames[static_cast<std::size_t>(i)]));
    const Var z_r = model.encoder(nn::input_of(model, repeated_rows(image, end - begin)),
                                  nn::input_of(model, cat(y, 0)));
    return pictures_of(
        decoded(model.decoding(), repeated_rows(x_T, end - begin), z_r.value(), sampling.steps));
  });
  made.frame_seconds = clock.lap();
  return made;
}

Made Studio::autoencoded(const Tensor& pictures, const Sampling& sampling) const {
  const NoGrad no_grad;
  EvalClock clock;
  Made made;
  const diffusion::DiffAE& net = *subjects_.diffae;
  made.pictures = in_batches(pictures.size(0), batch_, [&](std::int64_t begin, std::int64_t end) {
    const Tensor image = images_of(pictures.sliced(0, begin, end));
    const Tensor z = net.encoder(nn::input_of(net, image)).value();
    const Tensor x_T = inverted(net.unet, image, z, sampling.inversion_steps);
    return pictures_of(decoded(net.unet, x_T, z, sampling.steps));
  });
  made.frame_seconds = clock.lap();
  return made;
}

Made Studio::from_codes(const EvalClip& clip, const Tensor& source, const Tensor& targets,
                        const Sampling& sampling) const {
  const NoGrad no_grad;
  EvalClock clock;
  Made made;
  const diffusion::DiffAE& net = *subjects_.diffae;
  Tensor x_T;
  if (sampling.random_x_T) {
    x_T = noise_of(clip.number);
  } else {
    const Tensor image = images_of(source);
    x_T = inverted(net.unet, image, net.encoder(nn::input_of(net, image)).value(),
                   sampling.inversion_steps);
  }
  made.source_seconds = clock.lap();
  made.pictures = in_batches(targets.size(0), batch_, [&](std::int64_t begin, std::int64_t end) {
    const Tensor z =
        net.encoder(nn::input_of(net, images_of(targets.sliced(0, begin, end)))).value();
    return pictures_of(decoded(net.unet, repeated_rows(x_T, end - begin), z, sampling.steps));
  });
  made.frame_seconds = clock.lap();
  return made;
}

}  // namespace dact::eval
