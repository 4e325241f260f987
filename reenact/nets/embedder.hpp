// Who it is: a direction per person, trained with the ArcFace loss.
#pragma once
#include "reenact/nets/blocks.hpp"

namespace dact::nets {

inline constexpr std::int64_t kEmbedding = 128;

/// image [B, 3, 64, 64] in [-1, 1] -> [B, 128] of length 1; the cosine of two says how alike two people are.
class IdentityEmbedder : public nn::Module {
 public:
  IdentityEmbedder();
  Var operator()(const Var& image) const;
  void visit(nn::Visitor& v) override;

 private:
  Trunk trunk_;
  PositionTail tail_;
};

}  // namespace dact::nets
