#include "reenact/encoder.hpp"

#include "tensor/error.hpp"

namespace dact::reenact {
namespace {

constexpr std::int64_t kChannels = 3;
}  // namespace

ReenactmentEncoder::ReenactmentEncoder(const diffusion::DiffAEConfig& config)
    : controlnet_(config), zero_conv_1_(kChannels, kChannels, 1) {
  nn::name_modules(*this);
}

Var ReenactmentEncoder::operator()(const Var& image, const Var& driving) const {
  require_same_shape("reenactment_encoder", image.value(), driving.value());
  return controlnet_(add(image, zero_conv_1_(driving)));
}

void ReenactmentEncoder::init_from(diffusion::SemanticEncoder& encoder) {
  nn::StateDict weights = nn::state_dict(encoder);
  for (auto& [key, value] : weights) value = value.clone();  // each trains alone from here on
  nn::load_state_dict(controlnet_, weights);
  for (nn::Named& p : nn::state(zero_conv_1_)) p.var.set_value(zeros_like(p.var.value()));
}

void ReenactmentEncoder::visit(nn::Visitor& v) {
  v.child("controlnet", controlnet_);
  v.child("zero_conv_1", zero_conv_1_);
}

}  // namespace dact::reenact
