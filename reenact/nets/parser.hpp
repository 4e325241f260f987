// Which part of the head each pixel shows; the maps on the way are the features of the perceptual loss.
#pragma once
#include "reenact/nets/blocks.hpp"

namespace dact::nets {

inline constexpr std::int64_t kParsingClasses = 19;  // CelebAMask's, in its order

/// image [B, 3, 64, 64] in [-1, 1] -> class logits [B, 19, 64, 64].
class FaceParser : public nn::Module {
 public:
  FaceParser();
  Var operator()(const Var& image) const;
  /// Four depths: [B, 32, 32, 32], [B, 64, 16, 16], [B, 96, 8, 8], [B, 96, 4, 4].
  std::vector<Var> features(const Var& image) const;
  void visit(nn::Visitor& v) override;

 private:
  Trunk trunk_;
  nn::Conv2d deepest_;
  nn::Conv2d to96_, to64_, to32_;  // 1x1, on the way up
  nn::Conv2d merge96_, merge64_, merge32_;
  nn::GroupNorm norm96_, norm64_, norm32_, out_norm_;
  nn::Conv2d out_;
};

}  // namespace dact::nets
