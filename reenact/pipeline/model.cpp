#include "reenact/pipeline/model.hpp"

#include <string>

#include "tensor/error.hpp"

namespace dact::reenact {

const Preset& preset_of(std::string_view name) {
  std::string names;
  for (const Preset& p : kPresets) {
    if (p.name == name) return p;
    names += (names.empty() ? "" : ", ") + std::string(p.name);
  }
  throw UsageError("preset", "must be one of " + names + ", got \"" + std::string(name) + "\"");
}

ReenactmentModel::ReenactmentModel(const diffusion::DiffAEConfig& config, const Preset& preset)
    : encoder(config), preset_(preset) {
  const auto wanted = [&](UNetCopy which) {
    return preset.inverts == which || preset.decodes == which
               ? std::make_unique<diffusion::UNet>(config)
               : nullptr;
  };
  ema_model_ = wanted(UNetCopy::ema);
  model_ = wanted(UNetCopy::plain);
  nn::name_modules(*this);
}

void ReenactmentModel::visit(nn::Visitor& v) {
  encoder.visit(v);
  if (ema_model_) v.child("ema_model", *ema_model_);
  if (model_) v.child("model", *model_);
}

}  // namespace dact::reenact
