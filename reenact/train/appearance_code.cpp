#include "reenact/train/appearance_code.hpp"

namespace dact::train {
namespace {

// Writes numbers one after the other.
class CodeWriter {
 public:
  explicit CodeWriter(AppearanceCode& code) : code_(code) {}
  void number(float value, bool seen = true) {
    code_.value[at_] = seen ? value : 0.0F;
    code_.seen[at_++] = seen ? 1.0F : 0.0F;
  }
  void colour(const render::Vec3& c, bool seen = true) {
    for (const float v : {c.x, c.y, c.z}) number((v - 127.5F) / 127.5F, seen);
  }
  template <class E>
  void one_of(E chosen, int kinds) {
    for (int k = 0; k < kinds; ++k) number(static_cast<int>(chosen) == k ? 1.0F : 0.0F);
  }

 private:
  AppearanceCode& code_;
  std::size_t at_ = 0;
};

}  // namespace

AppearanceCode appearance_code(const head::Appearance& a, const head::Light& light,
                               const head::Background& background) {
  AppearanceCode code;
  CodeWriter w(code);
  const bool hatless = a.hat == head::Hat::none;
  const bool hair = a.hair != head::HairStyle::bald;
  const bool eyes = a.glasses != head::Glasses::sun;
  w.number(a.melanin);
  w.number(a.age);
  for (const float brow : {a.brow_height, a.brow_arch}) w.number(brow);
  w.number(a.brow_width - 1);
  w.number(a.lip_tint);
  w.colour(a.iris_colour, eyes);
  w.one_of(a.hair, 12);
  w.colour(a.hair_colour, hair);
  w.number(a.hair_thickness - 1, hair && hatless);
  w.one_of(a.beard, 5);
  w.one_of(a.glasses, 4);
  w.colour(a.glasses_colour, a.glasses != head::Glasses::none);
  w.one_of(a.hat, 3);
  w.colour(a.hat_colour, !hatless);
  w.one_of(a.neckline, 5);
  w.colour(a.cloth_colour);
  w.colour(a.stripe_colour, a.neckline == head::Neckline::stripe);
  w.number(light.azimuth / 45);
  w.number((light.elevation - 30) / 20);
  w.number(light.strength - 1);
  w.number(light.warmth / 0.06F);
  w.number((light.ambient - 0.5F) * 5);
  w.number((light.rim - 0.25F) * 4);
  w.colour(background.first);
  w.colour(background.second, background.kind != head::BackgroundKind::plain);
  return code;
}

}  // namespace dact::train
