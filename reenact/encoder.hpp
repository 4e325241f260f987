// The reenactment encoder: DiffAE's semantic encoder behind a zero convolution of the driving picture.
#pragma once
#include "diffusion/diffae.hpp"

namespace dact::reenact {

/// z_r = E(image + zero_conv(y)): how the person of `image` looks with the face that `y` shows.
/// image        f32 [B, 3, S, S] in [-1, 1]
/// driving      f32 [B, 3, S, S] in [-1, 1], the driving picture y
/// returns      [B, z_width]
/// throws       ShapeError
/// gradient     yes
/// source       Bounareli et al. 2024, section 3.2; keys as in the authors' checkpoint ("controlnet" is E)
class ReenactmentEncoder : public nn::Module {
 public:
  explicit ReenactmentEncoder(const diffusion::DiffAEConfig& config);
  Var operator()(const Var& image, const Var& driving) const;
  /// As training begins: E with the weights of `encoder`, the zero convolution zero, so that z_r = E(image) for every y.
  /// throws  WeightsError when the configurations differ
  void init_from(diffusion::SemanticEncoder& encoder);
  const diffusion::DiffAEConfig& config() const { return controlnet_.config(); }
  void visit(nn::Visitor& v) override;

 private:
  diffusion::SemanticEncoder controlnet_;
  nn::Conv2d zero_conv_1_;
};

}  // namespace dact::reenact
