// Packing weights into panels, and keeping the packings of parameters.
#include <algorithm>
#include <cstring>
#include <memory>

#include "tensor/isa.hpp"
#include "tensor/ops/contract/contract.hpp"
#include "tensor/parallel.hpp"

namespace dact::contract {

Kernels kernels() {
  return {DACT_PICK(contract_lanes)(),  DACT_PICK(contract_half_lanes)(),
          DACT_PICK(contract_pixels)(), DACT_PICK(contract_tiles),
          DACT_PICK(contract_outer),    DACT_PICK(contract_sum_rows)};
}

Scratch::Scratch(std::int64_t count)
    : bytes_(static_cast<std::size_t>(count) * sizeof(float)),
      data_(static_cast<float*>(allocate_bytes(bytes_))) {}

void Scratch::fill_zero() {
  if (bytes_ > 0) std::memset(data_, 0, bytes_);
}

Panels::Panels(std::int64_t n, std::int64_t k)
    : channels(n),
      terms(k),
      lanes(DACT_PICK(contract_lanes)()),
      half(DACT_PICK(contract_half_lanes)()) {}

std::int64_t Panels::width(std::int64_t block) const {
  return std::min(lanes, channels - block * lanes);
}

std::int64_t Panels::floats() const {
  if (channels == 0) return 0;
  const std::int64_t last = blocks() - 1;
  return offset(last) + lanes_of(last) * terms;
}

namespace {

// Reads at most 8 channels side by side: their rows may lie a multiple of 4096 bytes apart, and a
// cache set holds 8.
constexpr std::int64_t kSide = 8;

void pack_side(const float* w, const WeightLayout& l, std::int64_t channels, std::int64_t side,
               float* out, std::int64_t lanes) {
  for (std::int64_t c = 0; c < l.terms_per_tap; ++c)
    for (std::int64_t t = 0; t < l.taps; ++t) {
      const float* from = w + t * l.tap + c * l.term;
      float* to = out + (t * l.terms_per_tap + c) * lanes;
      if (l.channel == 1)
        std::memcpy(to, from, static_cast<std::size_t>(channels) * sizeof(float));
      else
        for (std::int64_t j = 0; j < channels; ++j) to[j] = from[j * l.channel];
      for (std::int64_t j = channels; j < side; ++j) to[j] = 0.0f;
    }
}

void pack_block(const Panels& p, std::int64_t block, const float* w, const WeightLayout& l,
                float* out) {
  const std::int64_t lanes = p.lanes_of(block), width = p.width(block);
  w += block * p.lanes * l.channel;
  out += p.offset(block);
  const std::int64_t most = l.channel == 1 ? lanes : kSide;
  for (std::int64_t j = 0; j < lanes; j += most) {
    const std::int64_t side = std::min(most, lanes - j);
    pack_side(w + j * l.channel, l, std::clamp<std::int64_t>(width - j, 0, side), side, out + j,
              lanes);
  }
}

/// The inverse of pack_block.
void unpack_block(const Panels& p, std::int64_t block, const float* packed, const WeightLayout& l,
                  float* w) {
  const std::int64_t lanes = p.lanes_of(block), width = p.width(block);
  packed += p.offset(block);
  w += block * p.lanes * l.channel;
  for (std::int64_t j = 0; j < width; ++j)
    for (std::int64_t c = 0; c < l.terms_per_tap; ++c)
      for (std::int64_t t = 0; t < l.taps; ++t)
        w[j * l.channel + c * l.term + t * l.tap] = packed[(t * l.terms_per_tap + c) * lanes + j];
}

/// What a folded weight comes back from.
struct PackedForm final : FoldedForm {
  Tensor packed;
  Panels panels;
  WeightLayout layout;
  std::int64_t groups, group_stride;
  PackedForm(Tensor t, const Panels& p, const WeightLayout& l, std::int64_t g, std::int64_t stride)
      : packed(std::move(t)), panels(p), layout(l), groups(g), group_stride(stride) {}
  void unfold(std::byte* data) const override {
    auto* const w = reinterpret_cast<float*>(data);
    const float* const from = packed.data<float>();
    parallel_for(groups * panels.blocks(), [&](std::int64_t i) {
      const std::int64_t g = i / panels.blocks();
      unpack_block(panels, i % panels.blocks(), from + g * panels.floats(), layout,
                   w + g * group_stride);
    });
  }
};

/// All packings of one storage. Copied when one is added; the tensors in it are shared.
struct Packings {
  struct Entry {
    int use;
    Isa isa;
    std::int64_t offset;
    Shape shape;
    Strides strides;
    Tensor packed;
  };
  std::vector<Entry> entries;
  const Tensor* find(const Tensor& weight, int use) const {
    for (const Entry& e : entries)
      if (e.use == use && e.isa == isa() && e.offset == weight.offset() &&
          e.shape == weight.shape() && e.strides == weight.strides())
        return &e.packed;
    return nullptr;
  }
};
constexpr std::uint64_t kPackingsKey = 0x636f6e7472616374u;  // "contract"

}  // namespace

void pack(const Panels& p, const float* w, const WeightLayout& layout, float* out,
          std::int64_t batch, std::int64_t w_batch) {
  const auto piece = [&](std::int64_t i) {
    const std::int64_t b = i / p.blocks();
    pack_block(p, i % p.blocks(), w + b * w_batch, layout, out + b * p.floats());
  };
  constexpr std::int64_t kSmall = 8192;  // floats: below that waking a thread costs more
  const std::int64_t pieces = batch * p.blocks();
  if (batch * p.floats() < kSmall)
    for (std::int64_t i = 0; i < pieces; ++i) piece(i);
  else
    parallel_for(pieces, piece);
}

Tensor packed_weight(const Tensor& weight, int use, const Panels& p, const WeightLayout& layout,
                     std::int64_t groups, std::int64_t group_stride) {
  const Storage& storage = *weight.storage();
  const auto kept = std::static_pointer_cast<const Packings>(storage.cached(kPackingsKey));
  if (kept)
    if (const Tensor* found = kept->find(weight, use)) return *found;
  Tensor packed = empty({groups * p.floats()});
  pack(p, weight.data<float>(), layout, packed.mutate<float>(), groups, group_stride);
  auto grown = kept ? std::make_shared<Packings>(*kept) : std::make_shared<Packings>();
  grown->entries.push_back({use, isa(), weight.offset(), weight.shape(), weight.strides(), packed});
  storage.set_cached(kPackingsKey, std::move(grown));
  return packed;
}

void fold_weight(const Tensor& weight, int use, const Panels& p, const WeightLayout& layout,
                 std::int64_t groups, std::int64_t group_stride) {
  const std::shared_ptr<Storage>& storage = weight.storage();
  const auto whole = static_cast<std::size_t>(weight.numel()) * sizeof(float);
  if (weight.dtype() != DType::f32 || !weight.is_contiguous() || whole == 0 ||
      storage->bytes() != whole)
    return;
  const Tensor packed = packed_weight(weight, use, p, layout, groups, group_stride);
  auto only = std::make_shared<Packings>();
  only->entries.push_back({use, isa(), 0, weight.shape(), weight.strides(), packed});
  storage->set_cached(kPackingsKey, std::move(only));
  storage->fold(std::make_shared<PackedForm>(packed, p, layout, groups, group_stride));
}

}  // namespace dact::contract
