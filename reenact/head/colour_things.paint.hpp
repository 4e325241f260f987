// Glasses, hats, clothes, and the skin that a neckline leaves free. Included by colour.simd.cpp only.
#pragma once
#include "reenact/head/colour_tools.paint.hpp"

namespace dact::DACT_ISA {
namespace {

enum : int { kGlassesClass = 6, kTorsoSkinClass = 14, kClothClass = 16, kHatClass = 18 };
enum : int { kGlassesPart = 10, kLensPart = 11, kHatPart = 12, kTorsoPart = 13, kCollarPart = 14 };
enum : int { kBeanie = 1 };
enum : int { kStripe = 1, kVee = 2, kShirt = 3, kTurtle = 4 };

/// 1 in the middle of each cell of the given width, 0 at its borders.
DACT_INLINE float wave(float x) {
  const float t = x - math::floor(x);
  return 4.0F * t * (1.0F - t);
}

DACT_INLINE void paint_frame(const Paint& p, Fragments& f, int i) {
  set(f, i, p.glasses, 5.0F, 0.0F, kGlassesClass);
}

DACT_INLINE void paint_lens(Fragments& f, int i) {
  const float up = clamp01(0.5F + 0.25F * f.b[i]);
  set(f, i, {0.10F + 0.10F * up, 0.10F + 0.11F * up, 0.11F + 0.13F * up}, 6.0F, 0.0F,
      kGlassesClass);
}

DACT_INLINE void paint_hat(const Paint& p, Fragments& f, int i) {
  const float angle = f.a[i], height = f.b[i];
  const bool brim = f.t[i] > 0.5F;
  const float rib = 0.74F + 0.30F * wave(angle * (1.0F / 6.0F));
  const float fold = 1.0F - 0.35F * bell(height, 2.75F, 0.16F);
  const float panel = (angle + 180.0F) * (1.0F / 60.0F);
  const float seam =
      1.0F - 0.30F * (1.0F - ramp(0.0F, 0.018F, math::abs(panel - math::round(panel))));
  const float weave =
      noise(p.seed + 81U, f.rest_x[i] * 7.0F, f.rest_y[i] * 7.0F, f.rest_z[i] * 7.0F);
  const float cloth =
      (brim ? 0.95F : seam) * (1.0F + 0.05F * visible(7.0F, p.pixel_cm) * (weave - 0.5F));
  const float tone = p.hat_style == kBeanie ? (brim ? 1.0F : rib * fold) : cloth;
  set(f, i, {p.hat.r * tone, p.hat.g * tone, p.hat.b * tone}, 0.0F, 0.25F, kHatClass);
}

/// How far a point of the torso lies below the edge of the cloth, cm.
DACT_INLINE float below_neckline(const Paint& p, float x, float y, float z) {
  const float ax = math::abs(x);
  const float crew = -17.3F + 0.03F * x * x, vee = -22.0F + 0.95F * ax, shirt = -19.5F + 0.75F * ax;
  const float edge = p.neckline == kVee ? vee : (p.neckline == kShirt ? shirt : crew);
  const float away = math::sqrt(x * x + square(1.1F * (z + 1.9F))) - 7.9F;
  return most(edge - y, away);
}

DACT_INLINE void paint_cloth(const Paint& p, Fragments& f, int i, float below) {
  const float x = f.rest_x[i], y = f.rest_y[i], z = f.rest_z[i];
  const float weave = noise(p.seed + 91U, x * 6.0F, y * 6.0F, z * 6.0F);
  const float crease = noise(p.seed + 92U, x * 0.45F, y * 0.30F, z * 0.45F);
  const float tone =
      (1.0F + 0.06F * visible(6.0F, p.pixel_cm) * (weave - 0.5F)) * (0.92F + 0.16F * crease);
  const float line = bell(below, 0.55F, 0.07F);
  const float hem =
      p.neckline == kShirt ? 1.0F : (below < 0.55F ? 0.90F : 1.0F) * (1.0F - 0.25F * line);
  const float bands = ramp(0.35F, 0.45F, wave(y * (1.0F / 2.6F)) * 0.8F);
  const float striped = p.neckline == kStripe && below > 0.55F ? bands : 0.0F;
  const float buttons = p.neckline == kShirt ? 0.25F * bell(math::abs(x), 0.0F, 0.10F) : 0.0F;
  const float k = tone * hem * (1.0F - buttons);
  set(f, i,
      {mix(p.cloth.r, p.stripe.r, striped) * k, mix(p.cloth.g, p.stripe.g, striped) * k,
       mix(p.cloth.b, p.stripe.b, striped) * k},
      0.0F, 0.25F, kClothClass);
}

DACT_INLINE void paint_torso(const Paint& p, Fragments& f, int i) {
  const float below = below_neckline(p, f.rest_x[i], f.rest_y[i], f.rest_z[i]);
  if (below > 0.0F) {
    paint_cloth(p, f, i, below);
    return;
  }
  float shade = 1.0F - 0.25F * bell(below, 0.0F, 0.22F);
  for (int k = 0; k < kGrains; ++k)
    shade *= grain(p, f, i, k, kGrainAmount[k] * visible(kGrainPerCm[k], p.pixel_cm));
  set(f, i, {p.skin.r * shade, p.skin.g * shade, p.skin.b * shade}, 0.6F, 1.0F, kTorsoSkinClass);
}

DACT_INLINE void paint_collar(const Paint& p, Fragments& f, int i) {
  paint_cloth(p, f, i, 2.0F);
  const float rib = 0.86F + 0.16F * wave(f.a[i] * (1.0F / 5.0F));
  const bool inside = f.t[i] > 0.5F;
  const float k = (p.neckline == kTurtle ? rib : 1.05F) * (inside ? 0.80F : 1.0F);
  scale(f, i, k, k, k);
}

}  // namespace

// Few points, many kinds: one after the other.
void paint_things(const Paint& p, Fragments& f) {
  for (int i = 0; i < f.count; ++i) switch (f.part[i]) {
      case kGlassesPart:
        paint_frame(p, f, i);
        break;
      case kLensPart:
        paint_lens(f, i);
        break;
      case kHatPart:
        paint_hat(p, f, i);
        break;
      case kCollarPart:
        paint_collar(p, f, i);
        break;
      default:
        paint_torso(p, f, i);
    }
}

}  // namespace dact::DACT_ISA
