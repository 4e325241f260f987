// How the person looks: skin, hair, glasses, hat, clothes, light, background. Its last hidden layer is the style feature.
#pragma once
#include "reenact/nets/blocks.hpp"

namespace dact::nets {

inline constexpr std::int64_t kAppearance = 66;
inline constexpr std::int64_t kStyleFeature = 128;

/// image [B, 3, 64, 64] in [-1, 1] -> the appearance numbers that train/appearance_code writes, [B, 66].
class StyleNetwork : public nn::Module {
 public:
  StyleNetwork();
  Var operator()(const Var& image) const;
  /// [B, 128]
  Var feature(const Var& image) const;
  void visit(nn::Visitor& v) override;

 private:
  Trunk trunk_;
  PositionTail tail_;
  nn::Linear out_;
};

}  // namespace dact::nets
