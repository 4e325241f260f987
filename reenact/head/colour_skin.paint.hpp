// Skin: tone, blemishes, lines, lids, lips, brows, beard, and its classes, all from the template coordinates (a, b, t).
// Included by colour.simd.cpp only.
#pragma once
#include "reenact/head/colour_tools.paint.hpp"

namespace dact::DACT_ISA {
namespace {

constexpr float kMouthRow = -7.5F;
constexpr float kMouthHalf = 2.65F;
enum : int {
  kSkinClass = 1,
  kBrowClass = 2,  // left; 3 right
  kEarClass = 7,   // left; 8 right
  kNoseClass = 10,
  kUpperLip = 12,
  kLowerLip = 13,
  kNeckClass = 14
};

/// Height of a point between the closed lips' line (0) and the edge of the lip on its side (1).
DACT_INLINE float lip_height(float a, float b) {
  const float al = math::abs(a), v = clamp01(al * (1.0F / kMouthHalf));
  const float db = b - kMouthRow;
  const float round = most(1.0F - v * v, 1e-4F);
  const float root = math::sqrt(round);
  const float bow = 1.0F - 0.2F * bell(a, 0.0F, 0.33F) + 0.06F * bell(al, 0.7F, 0.4F);
  const float top = 0.78F * root * math::sqrt(root) * bow;
  const float full = most(1.0F - v * v * (0.8F + 0.2F * v), 1e-4F);
  const float bottom = math::sqrt(full) * (0.55F + 0.45F * full);
  const float height = db > 0.0F ? db / top : -db / bottom;
  return al < kMouthHalf ? height : 9.0F;
}

DACT_INLINE void skin_base(const Paint& p, Fragments& f) {
  for (int i = 0; i < f.count; ++i) {
    const float al = math::abs(f.a[i]), b = f.b[i];
    const float flush = 0.06F * spot(al, b, 4.2F, -4.4F, 2.4F, 2.2F) +
                        0.07F * spot(al, b, 0.0F, -4.3F, 1.7F, 1.3F) +
                        0.04F * spot(al, b, 0.0F, -11.0F, 2.0F, 1.2F);
    const float mottle =
        noise(p.seed + 11U, f.rest_x[i] * 0.55F, f.rest_y[i] * 0.55F, f.rest_z[i] * 0.55F);
    const float red = (flush + 0.07F * (mottle - 0.5F)) * (1.1F - 0.6F * p.melanin);
    set(f, i, p.skin, 1.0F, 1.0F, kSkinClass);
    scale(f, i, 1.0F + 0.25F * red, 1.0F - 0.75F * red, 1.0F - 0.65F * red);
  }
}

DACT_INLINE void skin_grain(const Paint& p, Fragments& f) {
  for (int k = 0; k < kGrains; ++k) {
    const float w = kGrainAmount[k] * visible(kGrainPerCm[k], p.pixel_cm);
    if (w <= 0.0F) continue;
    for (int i = 0; i < f.count; ++i) {
      const float s = grain(p, f, i, k, w);
      scale(f, i, s, s, s);
    }
  }
}

// The neck, also where the torso carries on.
DACT_INLINE void skin_neck(Fragments& f) {
  for (int i = 0; i < f.count; ++i) {
    const bool front = f.b[i] < -12.6F && f.rest_y[i] < -9.6F;
    const bool back = f.t[i] > 100.0F && f.rest_y[i] < -6.5F;
    f.label[i] = front | back ? static_cast<int>(kNeckClass) : f.label[i];
  }
}

DACT_INLINE void skin_lines(const Paint& p, Fragments& f) {
  const float under = 0.13F * (0.35F + 0.8F * p.age), fold = 0.10F * (0.4F + p.age);
  const float brow = 0.10F * clamp01((p.age - 0.45F) * 2.5F);
  for (int i = 0; i < f.count; ++i) {
    const float al = math::abs(f.a[i]), b = f.b[i];
    const float off = square(square((al - 3.0F) * (1.0F / 1.3F)));
    const float eye = under * math::exp(-square((b + 1.25F) * (1.0F / 0.45F)) - off);
    const float q = clamp01((-4.4F - b) * (1.0F / 3.3F));
    const float centre = 1.75F + 1.5F * q * (0.9F + 0.1F * q);
    const float nasolabial =
        fold * bell(al, centre, 0.20F) * ramp(-8.4F, -7.4F, b) * (1.0F - ramp(-4.9F, -4.0F, b));
    const float wave = 0.12F * math::abs(al - 2.0F);
    const float lines =
        brow *
        (bell(b + wave, 3.9F, 0.09F) + bell(b + wave, 4.8F, 0.09F) + bell(b + wave, 5.7F, 0.09F)) *
        (1.0F - ramp(3.4F, 5.6F, al));
    const float crow = brow * bell(b, 0.35F, 0.5F) * ramp(5.3F, 5.8F, al) *
                       (1.0F - ramp(6.2F, 7.0F, al)) *
                       most(0.0F, 1.0F - 6.0F * math::abs(noise(5U, b * 2.2F) - 0.5F));
    const float d = eye + nasolabial + lines + crow;
    scale(f, i, 1.0F - 0.85F * d, 1.0F - 1.05F * d, 1.0F - 0.95F * d);
  }
}

DACT_INLINE void skin_nose(Fragments& f) {
  constexpr float xs[] = {-5.3F, -4.5F, -3.2F, -1.5F, 0.3F};
  constexpr float ys[] = {0.9F, 1.95F, 1.5F, 0.9F, 0.6F};
  for (int i = 0; i < f.count; ++i) {
    const float al = math::abs(f.a[i]), b = f.b[i];
    const float e = square((al - 0.72F) * (1.0F / 0.34F)) +
                    square((b + 5.0F - 0.12F * (al - 0.7F)) * (1.0F / 0.17F));
    const float hole = 0.82F * math::exp(-e * math::sqrt(e));
    scale(f, i, 1.0F - 0.95F * hole, 1.0F - hole, 1.0F - hole);
    f.gloss[i] *= 1.0F + 0.5F * spot(al, b, 0.0F, -4.0F, 0.9F, 0.7F) - hole;
    const bool nose = al < polyline(xs, ys, b) && b > -5.25F && b < 0.2F;
    f.label[i] = nose ? static_cast<int>(kNoseClass) : f.label[i];
  }
}

// Lashes, the wet rim of the lower lid, the crease of the upper lid and a touch of shadow in it.
DACT_INLINE void skin_lids(Fragments& f) {
  for (int i = 0; i < f.count; ++i) {
    const float al = math::abs(f.a[i]), b = f.b[i];
    const float u = clamp01((al - 1.55F) * (1.0F / 3.2F));
    const float along = ramp(1.45F, 1.75F, al) * (1.0F - ramp(4.75F, 5.15F, al));
    const bool above = b > 0.0F;
    const float width = above ? 0.10F + 0.07F * u : 0.07F;
    const float lash =
        along * bell(b, 0.0F, width) * (above ? 0.72F + 0.16F * u : 0.15F + 0.35F * u);
    const float crease =
        0.26F * bell(b, 0.62F, 0.13F) * ramp(1.6F, 2.4F, al) * (1.0F - ramp(4.5F, 5.3F, al));
    scale(f, i, (1.0F - 0.94F * lash) * (1.0F - 0.85F * crease), (1.0F - lash) * (1.0F - crease),
          (1.0F - lash) * (1.0F - crease));
    f.gloss[i] *= 1.0F - 0.8F * lash;
  }
}

DACT_INLINE void skin_lips(const Paint& p, Fragments& f) {
  for (int i = 0; i < f.count; ++i) {
    const float a = f.a[i], db = f.b[i] - kMouthRow;
    const float height = lip_height(a, f.b[i]);
    const float share = 1.0F - ramp(0.84F, 1.08F, height);
    const float furrow = 1.0F - 0.10F * visible(5.0F, p.pixel_cm) * noise(31U, a * 5.0F);
    const float edge = bell(math::abs(a), 2.75F, 0.30F);
    const float line = 0.45F * bell(db, 0.0F, 0.085F) * (1.0F - ramp(2.5F, 3.0F, math::abs(a)));
    const float upper = db > 0.0F ? 0.93F : 1.0F;  // the upper lip faces down
    cover(f, i, {p.lips.r * furrow * upper, p.lips.g * furrow * upper, p.lips.b * furrow * upper},
          share * (1.0F - 0.4F * edge));
    scale(f, i, 1.0F - 0.85F * line, 1.0F - line, 1.0F - line);
    f.gloss[i] = mix(f.gloss[i], 3.0F + 3.0F * p.lip_tint, share);
    const int lip = db > 0.0F ? kUpperLip : kLowerLip;
    f.label[i] = height <= 1.0F ? lip : f.label[i];
  }
}

DACT_INLINE void skin_brows(const Paint& p, Fragments& f) {
  constexpr float xs[] = {1.0F, 1.5F, 3.2F, 4.6F, 5.35F};
  constexpr float ys[] = {0.20F, 0.40F, 0.35F, 0.22F, 0.03F};
  const Tint hair{p.hair.r * 0.55F + 0.02F, p.hair.g * 0.55F + 0.015F, p.hair.b * 0.55F + 0.012F};
  const float fine = visible(6.0F, p.pixel_cm);
  for (int i = 0; i < f.count; ++i) {
    const float al = math::abs(f.a[i]), b = f.b[i];
    const float centre = 2.36F + p.brow_height + (0.24F + p.brow_arch) * bell(al, 3.3F, 1.4F) -
                         0.30F * ramp(4.0F, 5.3F, al);
    const float half = polyline(xs, ys, al) * p.brow_width;
    // strands lean outwards
    const float strand = noise(p.seed + 41U, al * 7.0F - (b - centre) * 4.0F, b * 1.4F) - 0.5F;
    // towards the nose the strands stand apart
    const float thin = 1.0F - ramp(0.85F, 1.9F, al);
    const float away = math::abs(b - centre) / most(half, 0.02F) + 1.1F * thin +
                       3.0F * (1.0F - ramp(0.7F, 1.1F, al)) + 0.7F * strand * fine;
    const float share = (1.0F - ramp(0.50F, 1.20F, away)) * (1.0F - ramp(5.0F, 5.45F, al));
    cover(f, i, hair, share * (0.82F + 0.25F * strand * fine));
    f.gloss[i] *= 1.0F - 0.8F * share;
    const int brow = f.a[i] > 0.0F ? kBrowClass : kBrowClass + 1;
    f.label[i] = share > 0.5F ? brow : f.label[i];
  }
}

/// 0 none, 1 stubble, 2 moustache, 3 goatee, 4 full (head::Beard).
DACT_INLINE void skin_beard(const Paint& p, Fragments& f) {
  const bool jaw_too = p.beard == 1 || p.beard == 4;
  const float goatee_too = p.beard == 3 ? 1.0F : 0.0F;
  const float jaw_share = jaw_too ? 1.0F : 0.0F;
  const float opacity = p.beard == 1 ? 0.34F : 0.90F, fine = visible(5.0F, p.pixel_cm);
  const Tint hair{p.hair.r * 0.75F, p.hair.g * 0.72F, p.hair.b * 0.70F};
  for (int i = 0; i < f.count; ++i) {
    const float a = f.a[i], al = math::abs(a), b = f.b[i];
    const float rough = noise(p.seed + 51U, a * 1.7F, b * 1.3F, f.t[i] * 0.15F) - 0.5F;
    const float strand = noise(p.seed + 52U, a * 6.0F + f.t[i] * 0.4F, b * 2.0F) - 0.5F;
    const float jaw = jaw_share *
                      (1.0F - ramp(-8.6F, -5.6F, b - 1.9F * ramp(3.0F, 7.0F, al) + 0.8F * rough)) *
                      ramp(-13.6F, -12.4F, b) * (1.0F - ramp(74.0F, 86.0F, f.t[i]));
    const float lip = square((b + 6.28F + 0.1F * (al - 1.0F)) * (1.0F / 0.58F)) +
                      square(square(a * (1.0F / 2.55F)));
    const float moustache = 1.0F - ramp(0.7F, 1.15F, lip + 0.5F * rough);
    const float ring = square(a * (1.0F / 2.75F)) + square((b + 8.5F) * (1.0F / 2.85F));
    const float goatee = goatee_too * (1.0F - ramp(0.8F, 1.05F, ring + 0.3F * rough)) *
                         most(1.0F - ramp(-9.3F, -8.9F, b), ramp(1.9F, 2.2F, al));
    const float outside = ramp(1.0F, 1.15F, lip_height(a, b));
    const float share = most(most(jaw, moustache), goatee) * outside;
    const float broken = clamp01(1.0F + 0.55F * fine * strand - 0.25F * clamp01(rough));
    const float dark = 1.0F + 0.35F * strand * fine;
    cover(f, i, {hair.r * dark, hair.g * dark, hair.b * dark}, share * opacity * broken);
    f.gloss[i] *= 1.0F - 0.85F * share * opacity;
  }
}

// Rim and lobe are redder than the rest; the folds are dark by their occlusion.
DACT_INLINE void ears(const Paint& p, Fragments& f) {
  for (int i = 0; i < f.count; ++i) {
    const bool left = f.part[i] == 7, ear = left || f.part[i] == 8;
    const float red =
        ear ? (0.05F + 0.06F * ramp(0.55F, 0.95F, f.a[i])) * (1.1F - 0.6F * p.melanin) : 0.0F;
    f.red[i] = ear ? p.skin.r * (1.0F + 0.25F * red) : f.red[i];
    f.green[i] = ear ? p.skin.g * (1.0F - 0.75F * red) : f.green[i];
    f.blue[i] = ear ? p.skin.b * (1.0F - 0.65F * red) : f.blue[i];
    f.gloss[i] = ear ? 0.6F : f.gloss[i];
    const int label = left ? kEarClass : kEarClass + 1;
    f.label[i] = ear ? label : f.label[i];
  }
}

}  // namespace

// A feature is skipped where every point of the batch lies so far from it that it would multiply by exactly 1.
void paint_skin(const Paint& p, Fragments& f) {
  const Span b = span_of(f.b, f.count);
  skin_base(p, f);
  skin_grain(p, f);
  skin_neck(f);
  if (!apart(b, -9.0F, 6.2F)) skin_lines(p, f);
  if (!apart(b, -6.2F, 0.3F)) skin_nose(f);
  if (!apart(b, -0.8F, 1.3F)) skin_lids(f);
  if (!apart(b, -9.6F, -6.0F)) skin_lips(p, f);
  if (!apart(b, 0.5F, 4.6F)) skin_brows(p, f);
  if (p.beard != 0 && !apart(b, -13.7F, -3.0F)) skin_beard(p, f);
  ears(p, f);
}

}  // namespace dact::DACT_ISA
