// The networks of one reenactment model, under the keys of the authors' checkpoint.
#pragma once
#include <memory>
#include <string_view>

#include "diffusion/diffae.hpp"
#include "reenact/encoder.hpp"

namespace dact::reenact {

/// Which copy of the UNet: the one that training averaged, or the one it stepped.
enum class UNetCopy { ema, plain };

/// Which copy makes x_T of the source, and which makes frames of it.
struct Preset {
  std::string_view name;
  UNetCopy inverts, decodes;
};
inline constexpr Preset kPresets[] = {
    {"authors", UNetCopy::ema, UNetCopy::plain},  // as the published inference code
    {"ema", UNetCopy::ema, UNetCopy::ema},
    {"plain", UNetCopy::plain, UNetCopy::plain},
};
/// UsageError that lists the names when there is no such preset.
const Preset& preset_of(std::string_view name);

/// Encoder and the UNet copies that the preset asks for; the other costs no memory. Keys: the encoder's at the root,
/// "ema_model." and "model." before the UNet's.
class ReenactmentModel : public nn::Module {
 public:
  ReenactmentModel(const diffusion::DiffAEConfig& config, const Preset& preset);
  const diffusion::DiffAEConfig& config() const { return encoder.config(); }
  const Preset& preset() const { return preset_; }
  const diffusion::UNet& inverting() const { return copy(preset_.inverts); }
  const diffusion::UNet& decoding() const { return copy(preset_.decodes); }
  void visit(nn::Visitor& v) override;

  ReenactmentEncoder encoder;

 private:
  const diffusion::UNet& copy(UNetCopy which) const {
    return which == UNetCopy::ema ? *ema_model_ : *model_;
  }
  const Preset& preset_;
  std::unique_ptr<diffusion::UNet> ema_model_, model_;
};

}  // namespace dact::reenact
