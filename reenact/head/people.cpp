// People from seeds: shapes that go together, and looks drawn independently of most of them (recipe, section 7).
#include <algorithm>
#include <vector>

#include "reenact/head/formula.hpp"
#include "reenact/head/head.hpp"
#include "tensor/random.hpp"

namespace dact::head {
namespace {

constexpr float kSpread = 0.85F, kLimit = 1.8F, kTogether = 0.9F;

struct Tendency {
  std::string_view name;
  float amount;  // at femininity 1
};
constexpr Tendency kTendencies[] = {
    {"jaw_w", -1.5F},  {"brow_ridge", -1.1F}, {"eye_size", 1},    {"eye_open", .4F},
    {"lip_u", .7F},    {"lip_l", .6F},        {"nose_w", -.8F},   {"nose_h", -.8F},
    {"chin_w", -.7F},  {"chin_proj", -.4F},   {"neck_w", -1.2F},  {"face_w", -.2F},
    {"forehead", .5F}, {"cheekbone", .4F},    {"nose_len", -.4F}, {"nasolab", -1.1F},
    {"hollow", -.8F},  {"alar", -.4F},        {"head_h", -.2F},   {"chin_len", -.8F}};

constexpr Vec3 kHairColours[] = {{28, 22, 20},    {58, 38, 27},  {96, 62, 38},   {150, 108, 62},
                                 {206, 170, 110}, {134, 60, 32}, {150, 148, 146}};
constexpr Vec3 kIrisColours[] = {
    {92, 58, 34}, {58, 36, 24}, {92, 120, 150}, {86, 116, 78}, {120, 110, 70}};

// Numbers in [0, 1) in the order they are asked for.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : values_(64) {
    fill_uniform({seed, "head.appearance", 0}, 0, values_.data(),
                 static_cast<std::int64_t>(values_.size()));
  }
  float next() { return values_[at_++]; }
  float between(float low, float high) { return low + (high - low) * next(); }
  bool chance(float p) { return next() < p; }
  template <class T, std::size_t N>
  T pick(const T (&list)[N]) {
    return list[static_cast<std::size_t>(next() * static_cast<float>(N))];
  }
  /// A colour of any hue, from greyish to strong.
  Vec3 colour() {
    const float r = between(30, 225), g = between(30, 225), b = between(30, 225);
    return {r, g, b};
  }

 private:
  std::vector<float> values_;
  std::size_t at_ = 0;
};

HairStyle draw_hair(Draws& draws, float f) {
  using enum HairStyle;
  constexpr HairStyle men[] = {short_cut, short_cut, short_cut, sidepart, sidepart, buzz,
                               receding,  curly,     afro,      bald,     bangs,    long_hair};
  constexpr HairStyle women[] = {long_hair, long_hair, long_hair, bob,  bob,       bun,
                                 pony,      bangs,     curly,     afro, short_cut, sidepart};
  const bool as_women = draws.chance(f > .25F ? .93F : (f < -.25F ? .05F : .5F));
  return as_women ? draws.pick(women) : draws.pick(men);
}

Beard draw_beard(Draws& draws, float f) {
  using enum Beard;
  constexpr Beard kinds[] = {stubble, stubble, moustache, goatee, full};
  const bool grows = draws.chance(.55F);
  const Beard kind = draws.pick(kinds);
  return f < -.15F && grows ? kind : none;
}

Appearance draw_appearance(std::uint64_t seed, float f) {
  Draws draws(seed);
  Appearance look;
  look.seed = seed;
  look.melanin = draws.next();
  const float age = draws.next();
  look.age = age * age;
  look.hair = draw_hair(draws, f);
  const bool grey = draws.next() < .9F * look.age;
  const Vec3 any = draws.pick(kHairColours), dark = kHairColours[draws.next() < .6F ? 0 : 1];
  look.hair_colour = grey ? kHairColours[6] : (look.melanin > .55F ? dark : any);
  look.hair_thickness = draws.between(.8F, 1.3F);
  look.beard = draw_beard(draws, f);
  look.brow_height = draws.between(-.15F, .2F) + .06F * f;
  look.brow_arch = draws.between(-.1F, .15F) + .12F * f;
  look.brow_width = draws.between(.85F, 1.45F) * (1 - .22F * f);
  look.lip_tint = f > 0 ? .55F * f * draws.next() : .05F * draws.next();
  const Vec3 iris = draws.pick(kIrisColours), brown = kIrisColours[draws.next() < .5F ? 0 : 1];
  look.iris_colour = look.melanin > .6F ? brown : iris;
  constexpr Glasses glasses[] = {Glasses::round, Glasses::round, Glasses::square, Glasses::square,
                                 Glasses::sun};
  const Glasses kind = draws.pick(glasses);
  look.glasses = draws.chance(.25F) ? kind : Glasses::none;
  look.glasses_colour = draws.chance(.6F) ? Vec3{30, 28, 30} : draws.colour();
  const Hat hat = draws.chance(.5F) ? Hat::beanie : Hat::cap;
  look.hat = draws.chance(.14F) ? hat : Hat::none;
  look.hat_colour = draws.colour();
  constexpr Neckline lines[] = {Neckline::crew, Neckline::stripe, Neckline::vee, Neckline::shirt,
                                Neckline::turtle};
  look.neckline = draws.pick(lines);
  look.cloth_colour = draws.colour();
  look.stripe_colour = draws.colour();
  return look;
}

}  // namespace

DrawnPerson draw_person(std::uint64_t seed) {
  DrawnPerson person;
  float u = 0;
  fill_uniform({seed, "head.femininity", 0}, 0, &u, 1);
  const float f = 2 * u - 1;
  person.femininity = f;
  fill_normal({seed, "head.identity", 0}, 0, person.identity.data(), kIdentities);
  for (float& w : person.identity) w = std::clamp(kSpread * w, -kLimit, kLimit);
  for (const Tendency& t : kTendencies) {
    float& w = person.identity[static_cast<std::size_t>(identity_index(t.name))];
    w = std::clamp(w + kTogether * f * t.amount, -kLimit, kLimit);
  }
  person.appearance = draw_appearance(seed, f);
  return person;
}

}  // namespace dact::head
