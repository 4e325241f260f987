#include "reenact/nets/embedder.hpp"

namespace dact::nets {

IdentityEmbedder::IdentityEmbedder() : tail_(kTrunkWidths[2], kImageSize / 8, kEmbedding) {}

Var IdentityEmbedder::operator()(const Var& image) const {
  return l2_normalize(tail_(trunk_(image).back()), 1);
}

void IdentityEmbedder::visit(nn::Visitor& v) {
  v.child("trunk", trunk_);
  v.child("tail", tail_);
}

}  // namespace dact::nets
