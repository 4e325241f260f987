// Clips of the world as files: pictures, ground truth, a manifest with digests, a contact sheet.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "reenact/world/world.hpp"
#include "tensor/tensor.hpp"

namespace dact::world {

/// Which clips. Person k is the k-th of the population, its clip c has the seed (population, k, c). A motion has 25
/// frames a second, of which every `every`-th is drawn.
struct DatasetPlan {
  std::uint64_t population = 0;
  std::int64_t identities = 10, clips = 1, frames = 32;
  std::int64_t every = 1;
  std::int32_t size = 64;
};
inline constexpr double kFramesPerSecond = 25;

/// One clip, drawn whole.
struct DrawnClip {
  Tensor rgb;     // u8 [F, S, S, 3]
  Tensor labels;  // u8 [F, S, S], classes 0 .. 18
  Tensor depth;   // f32 [F, S, S], cm towards the viewer; render::kNoDepth where nothing is
  std::vector<Truth> truth;  // [F]
};
/// Frames on all threads; the same bits with any number of them.
DrawnClip draw_clip(const Clip& clip, std::int64_t frames, std::int64_t every, std::int32_t size,
                    bool labels_and_depth = true);
/// Clip c of the person with this seed, long enough for the frames.
Clip make_clip(std::uint64_t person_seed, std::uint64_t c, std::int64_t frames, std::int64_t every);

class DatasetProgress {
 public:
  virtual ~DatasetProgress() = default;
  /// May throw Cancelled: then nothing is left behind.
  virtual void after(std::int64_t frames_done, std::int64_t frames_total) = 0;
};

struct DatasetResult {
  std::string digest;  // of all frames' RGB bytes, clips in order
  std::int64_t frames = 0;
};

/// The digest alone: draws, writes nothing.
DatasetResult digest_dataset(const DatasetPlan& plan, DatasetProgress* progress = nullptr);

/// Writes
///   DIR/manifest.json                       plan, version, digests of frames and files' count
///   DIR/contact.png                         the first frame of up to 8 x 8 clips
///   DIR/clips/<person>_<clip>/000000.png    frames
///   DIR/clips/<person>_<clip>/frames.jsonl  one object per frame (reenact/README.md lists the fields)
///   DIR/clips/<person>_<clip>/truth.safetensors  labels u8 [F, S, S], depth f16 [F, S, S]
/// (.ppm in a build without libpng). All of it appears under DIR at once, at the end; until then it lies in DIR.partial.
/// throws  UsageError (plan), IoError (DIR exists and is not empty, it cannot be written), ResourceError (disk full)
DatasetResult write_dataset(const DatasetPlan& plan, const std::string& dir,
                            const std::map<std::string, std::string>& text,
                            DatasetProgress* progress = nullptr);

}  // namespace dact::world
