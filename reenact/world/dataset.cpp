#include "reenact/world/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "reenact/world/dataset_files.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"

namespace dact::world {
namespace {

void require_plan(const DatasetPlan& plan) {
  const auto within = [](std::string_view name, std::int64_t value, std::int64_t most) {
    if (value < 1 || value > most)
      throw UsageError("synth", fmt::format("{} must be 1 .. {}, got {}", name, most, value));
  };
  within("identities", plan.identities, 100000);
  within("clips", plan.clips, 256);
  within("frames", plan.frames, 100000);
  within("every", plan.every, 1000);
  within("size", plan.size, 8192);
}

/// Room for one picture of a clip in its tensors.
struct Slot {
  std::uint8_t* rgb;
  std::uint8_t* labels;
  float* depth;
};

void copy_frame(const render::Frame& frame, const Slot& to) {
  std::memcpy(to.rgb, frame.rgb.data(), frame.rgb.size());
  if (to.labels == nullptr) return;
  std::memcpy(to.labels, frame.labels.data(), frame.labels.size());
  std::memcpy(to.depth, frame.depth.data(), frame.depth.size() * sizeof(float));
}

/// Draws the clips one after the other and hands each out.
template <class F>
std::int64_t for_each_clip(const DatasetPlan& plan, bool whole, DatasetProgress* progress, F&& fn) {
  require_plan(plan);
  const std::int64_t total = plan.identities * plan.clips * plan.frames;
  std::int64_t done = 0;
  const std::vector<std::uint64_t> people = sample_population(plan.population, plan.identities);
  for (std::size_t person = 0; person < people.size(); ++person)
    for (std::int64_t c = 0; c < plan.clips; ++c) {
      const Clip clip =
          make_clip(people[person], static_cast<std::uint64_t>(c), plan.frames, plan.every);
      fn(static_cast<std::int64_t>(person), c, clip,
         draw_clip(clip, plan.frames, plan.every, plan.size, whole));
      done += plan.frames;
      if (progress != nullptr) progress->after(done, total);
    }
  return total;
}

}  // namespace

Clip make_clip(std::uint64_t person_seed, std::uint64_t c, std::int64_t frames,
               std::int64_t every) {
  SeedParts parts = parts_of(person_seed);
  parts.last = c;
  return Clip(person_seed, seed_of(parts),
              static_cast<double>(frames * every) / kFramesPerSecond + 1);
}

DrawnClip draw_clip(const Clip& clip, std::int64_t frames, std::int64_t every, std::int32_t size,
                    bool labels_and_depth) {
  DrawnClip out;
  const std::int64_t s = size, pixels = s * s;
  out.rgb = empty({frames, s, s, 3}, DType::u8);
  out.truth.resize(static_cast<std::size_t>(frames));
  auto* rgb = out.rgb.mutate<std::uint8_t>();
  std::uint8_t* labels = nullptr;
  float* depth = nullptr;
  if (labels_and_depth) {
    out.labels = empty({frames, s, s}, DType::u8);
    out.depth = empty({frames, s, s});
    labels = out.labels.mutate<std::uint8_t>();
    depth = out.depth.mutate<float>();
  }
  const render::FrameRequest request{size, false, labels_and_depth, false, labels_and_depth};
  const std::int64_t painters = std::min<std::int64_t>(frames, thread_count());
  parallel_for(painters, [&](std::int64_t painter) {  // painter p: frames p, p + painters, ...
    Painter hand;
    render::Frame frame;
    for (std::int64_t f = painter; f < frames; f += painters) {
      hand.draw(clip, static_cast<double>(f * every) / kFramesPerSecond, request, frame,
                out.truth[static_cast<std::size_t>(f)]);
      copy_frame(frame, {rgb + f * pixels * 3, labels ? labels + f * pixels : nullptr,
                         depth ? depth + f * pixels : nullptr});
    }
  });
  return out;
}

DatasetResult digest_dataset(const DatasetPlan& plan, DatasetProgress* progress) {
  Sha256 sha;
  const std::int64_t frames = for_each_clip(
      plan, false, progress, [&](std::int64_t, std::int64_t, const Clip&, const DrawnClip& drawn) {
        sha.update(drawn.rgb.raw_data(), static_cast<std::size_t>(drawn.rgb.numel()));
      });
  return {sha.finish(), frames};
}

DatasetResult write_dataset(const DatasetPlan& plan, const std::string& dir,
                            const std::map<std::string, std::string>& text,
                            DatasetProgress* progress) {
  require_plan(plan);
  DatasetFolder folder(dir, text);
  Sha256 sha;
  const std::int64_t frames = for_each_clip(
      plan, true, progress,
      [&](std::int64_t person, std::int64_t c, const Clip& clip, const DrawnClip& drawn) {
        sha.update(drawn.rgb.raw_data(), static_cast<std::size_t>(drawn.rgb.numel()));
        folder.add_clip(person, c, clip, drawn);
      });
  const DatasetResult result{sha.finish(), frames};
  folder.finish(plan, result);
  return result;
}

}  // namespace dact::world
