// Makes the pictures of the tables' rows: the reenactment itself, and what it is held against.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "reenact/nets/estimator.hpp"
#include "reenact/nets/gaze.hpp"
#include "reenact/pipeline/reenactor.hpp"
#include "reenact/train/batch.hpp"
#include "reenact/world/bench_set.hpp"

namespace dact::eval {

/// A clip of the world with everything known of it.
struct EvalClip {
  Tensor pictures;     // u8 [F, S, S, 3]
  train::Batch known;  // but the image
  std::int64_t number = 0;
  /// u8 [rows, S, S, 3]
  Tensor frames(const std::vector<std::int64_t>& rows) const;
};
EvalClip draw_eval_clip(const world::BenchSet& set, std::uint64_t person_seed, std::int64_t number);

/// Whose points drive: those that the networks find, as `reenact` does it, or the world's own.
enum class PointsFrom : std::uint8_t { networks, truth };

/// All must outlive the evaluation. Estimator and gaze may be null where points come from the truth.
struct Subjects {
  const reenact::ReenactmentModel* model = nullptr;
  const diffusion::DiffAE* diffae = nullptr;
  const nets::FaceEstimator* estimator = nullptr;
  const nets::GazeEstimator* gaze = nullptr;
};

struct Sampling {
  std::int64_t steps = 20, inversion_steps = 50;
  bool random_x_T = false;  // then nothing is inverted
};

/// Told of all work: one unit is one picture through the UNet once. May throw Cancelled.
class EvalWatcher {
 public:
  virtual ~EvalWatcher() = default;
  virtual void worked(std::int64_t pictures) = 0;
};

/// What was made and how long it took: the source's share once, then all frames.
struct Made {
  Tensor pictures;  // u8 [F, S, S, 3]
  double source_seconds = 0, frame_seconds = 0;
};

/// Pictures are those that a file would hold: 8 bits. No bit depends on `batch`.
class Studio {
 public:
  Studio(const Subjects& subjects, PointsFrom points, std::uint64_t seed, std::int64_t batch,
         EvalWatcher* watcher);

  /// The person of the source's frame with the motion of the driver's frames.
  Made reenacted(const EvalClip& source, std::int64_t source_frame, const EvalClip& driver,
                 const std::vector<std::int64_t>& frames, const Sampling& sampling) const;
  /// Each picture inverted with its own code and decoded again: the best that this autoencoder can do.
  Made autoencoded(const Tensor& pictures, const Sampling& sampling) const;
  /// The autoencoder's codes of `targets` decoded from the source's x_T, or from noise: what z alone carries.
  /// source       u8 [1, S, S, 3]
  Made from_codes(const EvalClip& clip, const Tensor& source, const Tensor& targets,
                  const Sampling& sampling) const;

 private:
  Tensor noise_of(std::int64_t clip) const;
  Tensor decoded(const diffusion::UNet& unet, const Tensor& x_T, const Tensor& z,
                 std::int64_t steps) const;
  Tensor inverted(const diffusion::UNet& unet, const Tensor& image, const Tensor& z,
                  std::int64_t steps) const;
  Subjects subjects_;
  PointsFrom points_;
  std::uint64_t seed_;
  std::int64_t batch_;
  EvalWatcher* watcher_;
};

}  // namespace dact::eval
