// The procedural world as a source of training pictures.
#pragma once
#include "reenact/train/batch.hpp"
#include "reenact/world/dataset.hpp"

namespace dact::train {

/// The clips of a plan, drawn when first needed: what `synth` writes for the same plan, without the files.
class WorldSource final : public ClipSource {
 public:
  /// seed: which frames a step takes.   throws  UsageError for the population of a benchmark
  WorldSource(const world::DatasetPlan& plan, std::uint64_t seed);
  std::int64_t size() const override { return plan_.size; }
  std::int64_t people() const override { return plan_.identities; }
  std::string describe() const override;

 private:
  Batch load(std::int64_t clip) const override;
  world::DatasetPlan plan_;
  std::vector<std::uint64_t> seeds_;  // of the people
};

/// The fields of one clip's frames that follow from who and where alone, by the seeds of person and clip.
struct ClipLooks {
  std::vector<float> identity;                     // [36]
  std::vector<float> camera;                       // [3]
  std::vector<float> appearance, appearance_seen;  // [66]
};
ClipLooks clip_looks(std::uint64_t person_seed, std::uint64_t clip_seed);
/// Writes them, the same for every frame, with person and clip numbers.
void set_looks(Batch& batch, std::int64_t frames, const ClipLooks& looks, std::int64_t person,
               std::int64_t clip);

/// Writes what changes from frame to frame.
void set_motion(Batch& batch, const std::vector<world::Truth>& truth);

}  // namespace dact::train
