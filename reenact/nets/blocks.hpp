// What the small face networks are made of: residual blocks and a trunk that halves the picture three times.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "nn/layers.hpp"

namespace dact::nets {

inline constexpr std::int64_t kImageSize = 64;
inline constexpr std::int64_t kLandmarks = 68;

/// Groups of every norm here. Few, so that the means of channels, which hold the colours, survive.
inline constexpr std::int64_t kGroups = 4;

/// y = x + conv(silu(norm(conv(silu(norm(x)))))), 3x3, same size and channels.
class ResidualBlock : public nn::Module {
 public:
  explicit ResidualBlock(std::int64_t channels);
  Var operator()(const Var& x) const;
  void visit(nn::Visitor& v) override;

 private:
  nn::GroupNorm norm1_, norm2_;
  nn::Conv2d conv1_, conv2_;
};

/// A strided 3x3 convolution, then a residual block.   [B, in, H, W] -> [B, out, H / 2, W / 2]
class DownLevel : public nn::Module {
 public:
  DownLevel(std::int64_t in, std::int64_t out);
  Var operator()(const Var& x) const;
  void visit(nn::Visitor& v) override;

 private:
  nn::Conv2d down_;
  ResidualBlock block_;
};

/// Widths of the trunk's three maps.
inline constexpr std::int64_t kTrunkWidths[] = {32, 64, 96};

/// image [B, 3, 64, 64] -> [B, 32, 32, 32], [B, 64, 16, 16], [B, 96, 8, 8]. The first convolution takes 4x4 pixels at
/// stride 2 into 32 channels: nothing of the 12 numbers under an output is lost, and no layer runs at full size.
class Trunk : public nn::Module {
 public:
  Trunk();
  std::vector<Var> operator()(const Var& image) const;
  void visit(nn::Visitor& v) override;

 private:
  nn::Conv2d stem_;
  ResidualBlock block_;
  DownLevel level2_, level3_;
};

/// All positions of a map kept: norm, SiLU, 1x1 convolution to 16 channels, flatten, linear.
/// x [B, in, side, side] -> [B, out]
class PositionTail : public nn::Module {
 public:
  PositionTail(std::int64_t in, std::int64_t side, std::int64_t out, std::int64_t extra = 0);
  /// `extra` [B, extra] joins the flattened map where the tail was made for it.
  Var operator()(const Var& x, const Var& extra = {}) const;
  void visit(nn::Visitor& v) override;

 private:
  nn::GroupNorm norm_;
  nn::Conv2d reduce_;
  nn::Linear linear_;
};

/// ShapeError unless x is [B, 3, 64, 64].
void require_picture(std::string_view where, const Var& x);

}  // namespace dact::nets
