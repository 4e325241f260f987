#include "reenact/train/batch.hpp"

#include <cmath>
#include <optional>

#include "tensor/error.hpp"
#include "tensor/ops/cat/cat.hpp"

namespace dact::train {
namespace {

// Pictures on the shelf: value v of [-1, 1] as the byte that it came from.
Tensor to_bytes(const Tensor& image) {
  const Tensor x = image.contiguous();
  Tensor out = empty(x.shape(), DType::u8);
  const float* p = x.data<float>();
  auto* q = out.mutate<std::uint8_t>();
  for (std::int64_t i = 0; i < x.numel(); ++i)
    q[i] = static_cast<std::uint8_t>(std::floor((p[i] + 1) * 127.5F + 0.5F));
  return out;
}

Batch shelved(Batch batch) {
  batch.image = to_bytes(batch.image);
  batch.depth = {};
  return batch;
}

}  // namespace

Tensor image_of_bytes(const Tensor& bytes) {
  const Tensor x = bytes.contiguous();
  Tensor out = empty(x.shape());
  const auto* p = x.data<std::uint8_t>();
  float* q = out.mutate<float>();
  for (std::int64_t i = 0; i < x.numel(); ++i) q[i] = static_cast<float>(p[i]) / 127.5F - 1;
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

// ---- pool

struct PoolSource::Shelf {
  std::vector<std::optional<Batch>> pictures;
  std::vector<std::optional<Pairs>> pairs;
};

PoolSource::PoolSource(const DataSource& inner, std::int64_t pool, std::uint64_t seed)
    : inner_(inner), pool_(pool), seed_(seed), shelf_(std::make_unique<Shelf>()) {
  if (pool < 2)
    throw UsageError("pool", "the pool must hold 2 pictures or more, got " + std::to_string(pool));
  shelf_->pictures.resize(static_cast<std::size_t>(pool));
  shelf_->pairs.resize(static_cast<std::size_t>(pool / 2));
}

PoolSource::~PoolSource() = default;

std::string PoolSource::describe() const {
  return inner_.describe() + ", a pool of " + std::to_string(pool_);
}

Batch PoolSource::pictures(std::int64_t step, std::int64_t first, std::int64_t count) const {
  std::vector<Batch> picked;
  for (std::int64_t n = first; n < first + count; ++n) {
    const std::int64_t place = draw_index(seed_, "pool.pictures", step, n, pool_);
    auto& slot = shelf_->pictures[static_cast<std::size_t>(place)];
    if (!slot) slot = shelved(inner_.pictures(place, 0, 1));
    picked.push_back(*slot);
  }
  Batch all = concatenate(picked);
  all.image = image_of_bytes(all.image);
  return all;
}

Pairs PoolSource::pairs(std::int64_t step, std::int64_t first, std::int64_t count) const {
  std::vector<Batch> sources, targets;
  for (std::int64_t n = first; n < first + count; ++n) {
    const std::int64_t place = draw_index(seed_, "pool.pairs", step, n, pool_ / 2);
    auto& slot = shelf_->pairs[static_cast<std::size_t>(place)];
    if (!slot) {
      const Pairs drawn = inner_.pairs(place, 0, 1);
      slot = Pairs{shelved(drawn.source), shelved(drawn.target)};
    }
    sources.push_back(slot->source);
    targets.push_back(slot->target);
  }
  Pairs all{concatenate(sources), concatenate(targets)};
  all.source.image = image_of_bytes(all.source.image);
  all.target.image = image_of_bytes(all.target.image);
  return all;
}

}  // namespace dact::train
