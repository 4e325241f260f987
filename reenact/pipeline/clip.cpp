#include "reenact/pipeline/clip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "reenact/picture.hpp"
#include "tensor/error.hpp"
#include "tensor/memory.hpp"
#include "tensor/ops/cat/cat.hpp"

namespace dact::reenact {
namespace {

// Small networks leave cores idle between operators; large ones fill them with one frame. A card is never full of one.
std::int64_t chosen_batch(const ClipOptions& options, const ReenactmentModel& model) {
  constexpr std::int64_t kMostBatch = 256, kSmallSide = 64, kSmallBatch = 8;
  if (options.batch < 0 || options.batch > kMostBatch)
    throw UsageError(
        "batch", fmt::format("must be 0 (chosen) to {} frames, got {}", kMostBatch, options.batch));
  if (options.batch > 0) return options.batch;
  const bool small = model.config().image_size <= kSmallSide;
  return small || nn::device_of(model) != Device::cpu ? kSmallBatch : 1;
}

// Passes the sampler's steps on to the watcher.
class Steps final : public diffusion::SamplerProgress {
 public:
  Steps(ClipWatcher* watcher, std::int64_t done, std::int64_t in_hand)
      : watcher_(watcher), done_(done), in_hand_(in_hand) {}
  void after(const diffusion::StepReport& step) override {
    if (watcher_ != nullptr) watcher_->during(done_, in_hand_, step);
  }

 private:
  ClipWatcher* watcher_;
  std::int64_t done_, in_hand_;
};

// A shape that no model takes is the file's fault, and named with it.
Tensor square_of(const Tensor& picture, std::int64_t size, const std::string& name) {
  try {
    return picture_to_square(picture, size);
  } catch (const ShapeError& error) {
    throw IoError(name, error.what());
  }
}

std::string no_face(const DrivingPoints& points) {
  if (!face::all_finite(points.landmarks)) return "got none";
  return fmt::format(
      "got one that the model does not know (confidence {:.3f}, must be above 0; "
      "--force goes on)",
      points.confidence);
}

}  // namespace

void ClipWatcher::after_frame(const ClipFrame&) {}
void ClipWatcher::during(std::int64_t, std::int64_t, const diffusion::StepReport&) {}
std::int64_t ClipWatcher::x_0_every(std::int64_t) const { return 0; }

Clip::Clip(Reenactor& reenactor, DrivingSource& driving, const ClipOptions& options,
           ClipWatcher* watcher)
    : reenactor_(reenactor),
      driving_(driving),
      options_(options),
      watcher_(watcher),
      batch_(chosen_batch(options, reenactor.model())),
      smoother_(options.smoothing) {}

bool Clip::usable(const DrivingPoints& points) const {
  return face::all_finite(points.landmarks) && (points.found || options_.force);
}

void Clip::take_source(const Tensor& picture, const std::string& name) {
  const std::int64_t size = reenactor_.model().config().image_size;
  source_.picture = picture;
  source_.square = square_of(picture, size, name);
  source_.points = driving_.of_source(picture);
  if (!usable(source_.points))
    throw IoError(name, "the source must show a face, " + no_face(source_.points));
  source_.drawn = draw_points(source_.points);
  last_found_ = source_.points;
  if (options_.match_colour) colours_.emplace(source_.square);
  Steps steps(watcher_, 0, 0);
  reenactor_.take_source(picture_to_tensor(source_.square), driving_input(source_.drawn, size),
                         &steps);
}

void Clip::take_reference(const Tensor& picture, std::int64_t frame, const std::string& name) {
  const DrivingPoints points = driving_.of_reference(picture, frame);
  if (!usable(points))
    throw IoError(name, fmt::format("frame {}, from which motion is measured, must show a face, {}",
                                    frame, no_face(points)));
}

// The next frame up to its driving picture; none after the last.
std::optional<ClipFrame> Clip::prepared(FrameReader& driver, const std::string& name) {
  ClipFrame frame;
  const Tensor picture = driver.next();
  if (!picture.defined()) return std::nullopt;
  frame.index = read_++;
  frame.driver =
      square_of(picture, face::kDrivingSide, fmt::format("{}, frame {}", name, frame.index));
  frame.points = driving_.of_driver(picture, frame.index);
  const bool found = usable(frame.points);
  if (!found && options_.on_missing == OnMissing::fail)
    throw IoError(name,
                  fmt::format("frame {} must show a face, {}; --on-missing hold shows the last one",
                              frame.index, no_face(frame.points)));
  if (found) {
    smoother_.smooth(frame.points);
    last_found_ = frame.points;
  } else {
    frame.points = last_found_, ++held_;
  }
  frame.drawn = draw_points(frame.points);
  frame.driving = driving_input(frame.drawn, reenactor_.model().config().image_size);
  return frame;
}

void Clip::put(ClipFrame& frame, FrameWriter& writer) {
  const std::int64_t size = reenactor_.model().config().image_size;
  if (options_.side_by_side)
    writer.write(beside({source_.square, picture_to_square(frame.driver, size), frame.result}));
  else
    writer.write(frame.result);
  sha_.update(frame.result.data<std::uint8_t>(), static_cast<std::size_t>(frame.result.numel()));
  ++frames_;
  if (watcher_ != nullptr) watcher_->after_frame(frame);
}

bool Clip::run(FrameReader& driver, const std::string& name, FrameWriter& writer) {
  for (bool more = true; more;) {
    if (watcher_ != nullptr && watcher_->stop()) return false;
    std::vector<ClipFrame> frames;
    Tensors driving;
    while (more && static_cast<std::int64_t>(frames.size()) < batch_) {
      std::optional<ClipFrame> frame = prepared(driver, name);
      more = frame.has_value();
      if (!more) break;
      driving.push_back(frame->driving);
      frames.push_back(std::move(*frame));
    }
    if (frames.empty()) break;
    // The blocks of a shorter last batch are of other sizes: those of the full ones go back first, so that the largest
    // memory is that of a full batch, however long the clip is.
    if (!more && frames_ > 0) release_cached_memory();
    const auto in_hand = static_cast<std::int64_t>(frames.size());
    Steps steps(watcher_, frames_, in_hand);
    if (watcher_ != nullptr) steps.x_0_every = watcher_->x_0_every(reenactor_.options().steps);
    const Tensor made = reenactor_.frames(cat(driving, 0), &steps);
    for (std::int64_t i = 0; i < in_hand; ++i) {
      ClipFrame& frame = frames[static_cast<std::size_t>(i)];
      frame.result = tensor_to_picture(made.sliced(0, i, i + 1));
      if (colours_) frame.result = (*colours_)(frame.result);
      put(frame, writer);
    }
  }
  if (frames_ == 0) throw IoError(name, "the driver must have frames, got none");
  return true;
}

std::string Clip::digest() {
  if (digest_.empty()) digest_ = sha_.finish();
  return digest_;
}

Tensor beside(const std::vector<Tensor>& pictures) { return cat(pictures, 1); }

}  // namespace dact::reenact
