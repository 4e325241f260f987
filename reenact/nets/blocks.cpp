#include "reenact/nets/blocks.hpp"

#include "tensor/error.hpp"

namespace dact::nets {
namespace {
constexpr std::int64_t kTailChannels = 16;
}

// ---- residual block

ResidualBlock::ResidualBlock(std::int64_t channels)
    : norm1_(kGroups, channels),
      norm2_(kGroups, channels),
      conv1_(channels, channels, 3, {.padding = 1}),
      conv2_(channels, channels, 3, {.padding = 1}) {}

Var ResidualBlock::operator()(const Var& x) const {
  return tap_point(path(), add(x, conv2_(norm2_.silu(conv1_(norm1_.silu(x))))));
}

void ResidualBlock::visit(nn::Visitor& v) {
  v.child("norm1", norm1_);
  v.child("conv1", conv1_);
  v.child("norm2", norm2_);
  v.child("conv2", conv2_);
}

// ---- one level down

DownLevel::DownLevel(std::int64_t in, std::int64_t out)
    : down_(in, out, 3, {.stride = 2, .padding = 1}), block_(out) {}

Var DownLevel::operator()(const Var& x) const { return block_(down_(x)); }

void DownLevel::visit(nn::Visitor& v) {
  v.child("down", down_);
  v.child("block", block_);
}

// ---- trunk

Trunk::Trunk()
    : stem_(3, kTrunkWidths[0], 4, {.stride = 2, .padding = 1}),
      block_(kTrunkWidths[0]),
      level2_(kTrunkWidths[0], kTrunkWidths[1]),
      level3_(kTrunkWidths[1], kTrunkWidths[2]) {}

std::vector<Var> Trunk::operator()(const Var& image) const {
  require_picture(path(), image);
  const Var first = block_(stem_(image));
  const Var second = level2_(first);
  return {first, second, level3_(second)};
}

void Trunk::visit(nn::Visitor& v) {
  v.child("stem", stem_);
  v.child("block", block_);
  v.child("level2", level2_);
  v.child("level3", level3_);
}

// ---- tail

PositionTail::PositionTail(std::int64_t in, std::int64_t side, std::int64_t out, std::int64_t extra)
    : norm_(kGroups, in),
      reduce_(in, kTailChannels, 1),
      linear_(kTailChannels * side * side + extra, out) {}

Var PositionTail::operator()(const Var& x, const Var& extra) const {
  const Var flat = reshape(reduce_(norm_.silu(x)), {x.size(0), -1});
  return tap_point(path(), linear_(extra.defined() ? cat({flat, extra}, 1) : flat));
}

void PositionTail::visit(nn::Visitor& v) {
  v.child("norm", norm_);
  v.child("reduce", reduce_);
  v.child("linear", linear_);
}

void require_picture(std::string_view where, const Var& x) {
  const Shape& s = x.shape();
  if (s.rank() != 4 || s[1] != 3 || s[2] != kImageSize || s[3] != kImageSize)
    throw ShapeError(where, "image must be [B, 3, 64, 64], got " + x.value().str());
}

}  // namespace dact::nets
