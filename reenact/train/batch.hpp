// What networks are trained on: pictures and everything that is known of them.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.hpp"

namespace dact::train {

/// Row n of every field belongs to picture n.
struct Batch {
  Tensor image;       // f32 [B, 3, S, S] in [-1, 1], from 8-bit pictures
  Tensor landmarks;   // f32 [B, 68, 2], pixels from the top left corner: x right, y down
  Tensor pose;        // f32 [B, 4], degrees: yaw, pitch, roll, jaw
  Tensor identity;    // f32 [B, 36], head::orthonormal_codes
  Tensor expression;  // f32 [B, 32], head::orthonormal_expression
  Tensor camera;      // f32 [B, 3]: scale, tx, ty
  Tensor gaze;        // f32 [B, 2], radians, (pitch, yaw) as nets::GazeEstimator gives them
  Tensor mask;        // u8 [B, S, S], parsing classes 0 .. 18
  Tensor
      depth;  // f32 [B, S, S], cm towards the viewer; undefined unless the source was asked for it
  Tensor appearance;       // f32 [B, 66], appearance_code
  Tensor appearance_seen;  // f32 [B, 66], 1 where the number shows in the picture
  Tensor person;           // i64 [B], 0 .. people - 1
  Tensor clip;             // i64 [B], number of the clip in its source
};

/// Every field, for whoever treats them alike.
inline constexpr Tensor Batch::*kBatchFields[] = {
    &Batch::image,           &Batch::landmarks, &Batch::pose, &Batch::identity, &Batch::expression,
    &Batch::camera,          &Batch::gaze,      &Batch::mask, &Batch::depth,    &Batch::appearance,
    &Batch::appearance_seen, &Batch::person,    &Batch::clip};

/// u8 of any shape -> f32 by reenact::picture_value.
Tensor image_of_bytes(const Tensor& bytes);

/// Rows of several batches, one after the other.
Batch concatenate(const std::vector<Batch>& parts);
/// Rows begin .. end - 1.
Batch rows(const Batch& batch, std::int64_t begin, std::int64_t end);

/// Two moments of one clip: same person, looks, light and background.
struct Pairs {
  Batch source, target;
};

/// Where pictures come from. A draw is a pure function of the source's own seed, the step and the sample's number: a
/// resumed run sees what it would have seen, and a step may be cut into micro-batches anywhere.
class DataSource {
 public:
  virtual ~DataSource() = default;
  /// Side of the pictures.
  virtual std::int64_t size() const = 0;
  /// Persons are numbered 0 .. people() - 1.
  virtual std::int64_t people() const = 0;
  /// One line for manifests; no path in it.
  virtual std::string describe() const = 0;
  /// Samples first .. first + count - 1 of a step, each of any person at any moment.
  virtual Batch pictures(std::int64_t step, std::int64_t first, std::int64_t count) const = 0;
  virtual Pairs pairs(std::int64_t step, std::int64_t first, std::int64_t count) const = 0;
};

/// Integer below `below` for `sample` of a step: a pure function of all arguments.
std::int64_t draw_index(std::uint64_t seed, std::string_view use, std::int64_t step,
                        std::int64_t sample, std::int64_t below);

/// Clips of equal length, loaded when first drawn from and then kept (about 18 kB a frame at 64 pixels): sample n of a
/// step is a drawn frame of a drawn clip; a pair is two different frames of one.
class ClipSource : public DataSource {
 public:
  /// throws  UsageError unless there is a clip, with 2 frames or more
  ClipSource(std::int64_t clips, std::int64_t frames, std::uint64_t seed);
  ~ClipSource() override;
  Batch pictures(std::int64_t step, std::int64_t first, std::int64_t count) const override;
  Pairs pairs(std::int64_t step, std::int64_t first, std::int64_t count) const override;

 protected:
  /// All frames of a clip; `image` as u8 [F, 3, S, S].
  virtual Batch load(std::int64_t clip) const = 0;

 private:
  const Batch& clip(std::int64_t number) const;
  std::int64_t clips_, frames_;
  std::uint64_t seed_;
  mutable std::vector<std::unique_ptr<Batch>> loaded_;
};

}  // namespace dact::train
