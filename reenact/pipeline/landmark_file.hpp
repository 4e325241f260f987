// Landmarks from a file instead of a network.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "reenact/pipeline/driving.hpp"

namespace dact::reenact {

/// The points of every frame of a clip, in pixels of its pictures, x right, y down from the top left corner. By the
/// file's ending:
///   .npy          [F, 68, 2], or [F, 70, 2] with the two gaze points last (left in the picture, then right)
///   .safetensors  `landmarks` [F, 68, 2], and where there are any `gaze_points` [F, 2, 2]; f32 or f64
///   .jsonl        one object a line: "landmarks": 68 pairs, and where there are any "gaze_points": 2 pairs, or "eyes": how
///                 far both eyes are turned in the head, degrees, + to the subject's left and + up (the lines that `synth`
///                 writes). Other keys are left out; "landmarks": null, as a NaN elsewhere, is a frame without a face.
/// Without any of these the eyes look straight ahead.
class LandmarkFile {
 public:
  /// throws  IoError naming file, row and what does not hold
  explicit LandmarkFile(const std::string& path);
  const std::string& path() const { return path_; }
  std::int64_t frames() const { return landmarks_.size(0); }
  /// Of frame 0 <= frame < frames(), as it is in the file.
  DrivingPoints points(std::int64_t frame) const;

 private:
  std::string path_;
  Tensor landmarks_;  // f64 [F, 68, 2]
  Tensor gaze_;       // f64 [F, 2, 2], NaN where there is none
};

/// In absolute motion the driver's points as they stand: the source's shape has no part in them. Exact where source and
/// driver are one person; across persons the driver's face shape goes into the picture. In relative motion the source's
/// points, moved (moved_points). Points do not tell pose from expression: there are no strengths.
class FileDriving final : public DrivingSource {
 public:
  /// source: its first row belongs to the source picture.
  FileDriving(LandmarkFile source, LandmarkFile driver, Motion motion = Motion::absolute);
  DrivingPoints of_source(const Tensor& picture) override;
  DrivingPoints of_reference(const Tensor& picture, std::int64_t frame) override;
  DrivingPoints of_driver(const Tensor& picture, std::int64_t frame) override;
  std::int64_t frames() const override { return driver_.frames(); }

 private:
  DrivingPoints seen(const Tensor& picture, std::int64_t frame) const;
  LandmarkFile source_, driver_;
  Motion motion_;
  std::optional<DrivingPoints> source_points_, reference_;
};

}  // namespace dact::reenact
