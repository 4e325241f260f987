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
  Tensor image;            // f32 [B, 3, S, S] in [-1, 1], from 8-bit pictures
  Tensor landmarks;        // f32 [B, 68, 2], pixels from the top left corner: x right, y down
  Tensor pose;             // f32 [B, 4], degrees: yaw, pitch, roll, jaw
  Tensor identity;         // f32 [B, 36], head::orthonormal_codes
  Tensor expression;       // f32 [B, 32], head::orthonormal_expression
  Tensor camera;           // f32 [B, 3]: scale, tx, ty
  Tensor gaze;             // f32 [B, 2], radians, (pitch, yaw) as nets::GazeEstimator gives them
  Tensor mask;             // u8 [B, S, S], parsing classes 0 .. 18
  Tensor depth;            // f32 [B, S, S], cm towards the viewer; 0 where nothing is
  Tensor appearance;       // f32 [B, 66], appearance_code
  Tensor appearance_seen;  // f32 [B, 66], 1 where the number shows in the picture
  Tensor person;           // i64 [B], 0 .. people - 1
};

/// Every field, for whoever treats them alike.
inline constexpr Tensor Batch::*kBatchFields[] = {
    &Batch::image,           &Batch::landmarks, &Batch::pose, &Batch::identity, &Batch::expression,
    &Batch::camera,          &Batch::gaze,      &Batch::mask, &Batch::depth,    &Batch::appearance,
    &Batch::appearance_seen, &Batch::person};

/// u8 of any shape -> f32: byte / 127.5 - 1.
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

/// Element `sample` of a draw of integers below `below`, for sources: a pure function of all arguments.
std::int64_t draw_index(std::uint64_t seed, std::string_view use, std::int64_t step,
                        std::int64_t sample, std::int64_t below);

/// A source that keeps what it drew: sample n of a step is one of `pool` pictures (pairs: of pool / 2 pairs) of the
/// source behind it, chosen by the seed. Rendering then costs at most `pool` pictures. Kept as 8 bit; depth is left out.
class PoolSource final : public DataSource {
 public:
  /// `inner` must outlive this.   throws  UsageError(pool < 2)
  PoolSource(const DataSource& inner, std::int64_t pool, std::uint64_t seed);
  ~PoolSource() override;
  std::int64_t size() const override { return inner_.size(); }
  std::int64_t people() const override { return inner_.people(); }
  std::string describe() const override;
  Batch pictures(std::int64_t step, std::int64_t first, std::int64_t count) const override;
  Pairs pairs(std::int64_t step, std::int64_t first, std::int64_t count) const override;

 private:
  struct Shelf;
  const DataSource& inner_;
  std::int64_t pool_;
  std::uint64_t seed_;
  std::unique_ptr<Shelf> shelf_;
};

}  // namespace dact::train
