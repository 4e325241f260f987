// A clip through the Reenactor: frames in, frames out, memory the same for ten and for ten thousand.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/frames.hpp"
#include "reenact/pipeline/colour_match.hpp"
#include "reenact/pipeline/driving.hpp"
#include "reenact/pipeline/reenactor.hpp"
#include "tensor/digest.hpp"

namespace dact::reenact {

/// A driver's frame in which no face was found: end the run, or show the face of the frame before (of the source, when
/// there was none).
enum class OnMissing { fail, hold };

struct ClipOptions {
  std::int64_t batch =
      0;  // frames decoded together; 0: chosen by the model's size. Changes no bit.
  OnMissing on_missing = OnMissing::fail;
  /// Take points although their source says that this is no face it knows.
  bool force = false;
  /// Write source, driver and result beside each other instead of the result.
  bool side_by_side = false;
  double smoothing = 0;       // of the driver's points (PointSmoother)
  bool match_colour = false;  // of every result to the source (ColourMatch)
};

/// One frame as it was made. Pictures are u8; those of the model are [S, S, 3].
struct ClipFrame {
  std::int64_t index = 0;
  Tensor driver;  // what the model's square shows of it, [256, 256, 3]
  DrivingPoints points;
  Tensor drawn;    // [256, 256, 3]
  Tensor driving;  // f32 [1, 3, S, S]
  Tensor result;
};

/// What looks on.
class ClipWatcher {
 public:
  virtual ~ClipWatcher() = default;
  /// After a frame is in the output.
  virtual void after_frame(const ClipFrame& frame);
  /// During the work of `in_hand` frames; steps of inversion while done = 0 and in_hand = 0. May throw Cancelled.
  virtual void during(std::int64_t done, std::int64_t in_hand, const diffusion::StepReport& step);
  /// How often the steps of frames hand out the predicted clean image, of `steps`; 0: never.
  virtual std::int64_t x_0_every(std::int64_t steps) const;
  /// Asked before each batch.
  virtual bool stop() { return false; }
};

/// The source as it goes in.
struct ClipSource {
  Tensor picture;  // as it was read
  Tensor square;   // [S, S, 3]
  DrivingPoints points;
  Tensor drawn;  // [256, 256, 3]
};

/// One run. What was done stands in frames() and digest() at any time, also after an exception.
class Clip {
 public:
  /// All must outlive this.
  /// throws       UsageError: a batch or smoothing that cannot be
  Clip(Reenactor& reenactor, DrivingSource& driving, const ClipOptions& options,
       ClipWatcher* watcher = nullptr);

  /// The person, once.
  /// picture      u8 [H, W, 3]
  /// throws       IoError: no face in it (`name` in the text); Cancelled
  void take_source(const Tensor& picture, const std::string& name);
  /// The driver's frame that relative motion is measured from; before run(), where `driving` is relative.
  /// throws       IoError: no face in it (`name` and `frame` in the text)
  void take_reference(const Tensor& picture, std::int64_t frame, const std::string& name);
  /// Every frame of the driver, until its end or the watcher's stop; false when stopped. `writer` is not finished here.
  /// throws       IoError: no face in a frame, or what reader and writer throw; Cancelled
  bool run(FrameReader& driver, const std::string& name, FrameWriter& writer);

  const ClipSource& source() const { return source_; }
  std::int64_t frames() const { return frames_; }
  std::int64_t held() const { return held_; }  // frames that show the face of the one before
  /// SHA-256 over the RGB bytes of all results in their order (NUMERICS.md 11). Once, at the end.
  std::string digest();
  std::int64_t batch() const { return batch_; }

 private:
  std::optional<ClipFrame> prepared(FrameReader& driver, const std::string& name);
  void put(ClipFrame& frame, FrameWriter& writer);
  bool usable(const DrivingPoints& points) const;
  Reenactor& reenactor_;
  DrivingSource& driving_;
  ClipOptions options_;
  ClipWatcher* watcher_;
  std::int64_t batch_;
  ClipSource source_;
  PointSmoother smoother_;
  std::optional<ColourMatch> colours_;
  DrivingPoints last_found_;
  Sha256 sha_;
  std::string digest_;
  std::int64_t read_ = 0, frames_ = 0, held_ = 0;
};

/// Pictures of one height beside each other.
Tensor beside(const std::vector<Tensor>& pictures);

}  // namespace dact::reenact
