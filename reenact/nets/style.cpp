#include "reenact/nets/style.hpp"

namespace dact::nets {

StyleNetwork::StyleNetwork()
    : tail_(kTrunkWidths[2], kImageSize / 8, kStyleFeature), out_(kStyleFeature, kAppearance) {}

Var StyleNetwork::feature(const Var& image) const { return silu(tail_(trunk_(image).back())); }

Var StyleNetwork::operator()(const Var& image) const { return out_(feature(image)); }

void StyleNetwork::visit(nn::Visitor& v) {
  v.child("trunk", trunk_);
  v.child("tail", tail_);
  v.child("out", out_);
}

}  // namespace dact::nets
