#include "reenact/train/batch.hpp"

#include "reenact/picture.hpp"
#include "tensor/error.hpp"
#include "tensor/ops/cat/cat.hpp"

namespace dact::train {

Tensor image_of_bytes(const Tensor& bytes) {
  const Tensor x = bytes.contiguous();
  Tensor out = empty(x.shape());
  const auto* p = x.data<std::uint8_t>();
  float* q = out.mutate<float>();
  for (std::int64_t i = 0; i < x.numel(); ++i) q[i] = reenact::picture_value(p[i]);
  return out;
}

Batch concatenate(const std::vector<Batch>& parts) {
  Batch all;
  for (Tensor Batch::*field : kBatchFields) {
    Tensors pieces;
    for (const Batch& part : parts)
      if ((part.*field).defined()) pieces.push_back(part.*field);
    if (pieces.size() == parts.size() && !parts.empty()) all.*field = cat(pieces, 0);
  }
  return all;
}

Batch rows(const Batch& batch, std::int64_t begin, std::int64_t end) {
  Batch out;
  for (Tensor Batch::*field : kBatchFields)
    if ((batch.*field).defined()) out.*field = (batch.*field).sliced(0, begin, end);
  return out;
}

std::int64_t draw_index(std::uint64_t seed, std::string_view use, std::int64_t step,
                        std::int64_t sample, std::int64_t below) {
  std::uint32_t bits = 0;
  fill_bits({.seed = seed, .use = use, .draw = static_cast<std::uint32_t>(step)},
            static_cast<std::uint32_t>(sample), &bits, 1);
  return static_cast<std::int64_t>((std::uint64_t{bits} * static_cast<std::uint64_t>(below)) >> 32);
}

// ---- clips

ClipSource::ClipSource(std::int64_t clips, std::int64_t frames, std::uint64_t seed)
    : clips_(clips), frames_(frames), seed_(seed), loaded_(static_cast<std::size_t>(clips)) {
  if (clips < 1 || frames < 2)
    throw UsageError("clips", "there must be a clip, of 2 frames or more, got " +
                                  std::to_string(clips) + " clips of " + std::to_string(frames));
}

ClipSource::~ClipSource() = default;

const Batch& ClipSource::clip(std::int64_t number) const {
  auto& slot = loaded_[static_cast<std::size_t>(number)];
  if (!slot) slot = std::make_unique<Batch>(load(number));
  return *slot;
}

namespace {
void require_some(std::int64_t count) {
  if (count < 1)
    throw UsageError("clips", "a batch must have 1 picture or more, got " + std::to_string(count));
}
}  // namespace

Batch ClipSource::pictures(std::int64_t step, std::int64_t first, std::int64_t count) const {
  require_some(count);
  std::vector<Batch> picked;
  for (std::int64_t n = first; n < first + count; ++n) {
    const std::int64_t frame = draw_index(seed_, "frame", step, n, frames_);
    picked.push_back(rows(clip(draw_index(seed_, "clip", step, n, clips_)), frame, frame + 1));
  }
  Batch all = concatenate(picked);
  all.image = image_of_bytes(all.image);
  return all;
}

Pairs ClipSource::pairs(std::int64_t step, std::int64_t first, std::int64_t count) const {
  require_some(count);
  std::vector<Batch> sources, targets;
  for (std::int64_t n = first; n < first + count; ++n) {
    const Batch& from = clip(draw_index(seed_, "pair.clip", step, n, clips_));
    const std::int64_t a = draw_index(seed_, "pair.source", step, n, frames_);
    const std::int64_t b =
        (a + 1 + draw_index(seed_, "pair.target", step, n, frames_ - 1)) % frames_;
    sources.push_back(rows(from, a, a + 1));
    targets.push_back(rows(from, b, b + 1));
  }
  Pairs all{concatenate(sources), concatenate(targets)};
  all.source.image = image_of_bytes(all.source.image);
  all.target.image = image_of_bytes(all.target.image);
  return all;
}

}  // namespace dact::train
