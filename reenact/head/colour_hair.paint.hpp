// Hair on the head. Included by colour.simd.cpp only.
#pragma once
#include "reenact/head/colour_tools.paint.hpp"

namespace dact::DACT_ISA {
namespace {

enum : int { kHairClass = 17 };
enum : int { kBuzz = 1, kSidepart = 3, kReceding = 5, kAfro = 6, kCurly = 7, kBun = 8, kPony = 9 };

/// Lattice noise around the head: `cells` fit into the whole turn, so the back has no seam.
DACT_INLINE float around(std::uint32_t seed, float degrees, float cells, float along) {
  const float x = (degrees + 180.0F) * (cells * (1.0F / 360.0F));
  return noise(seed, x < cells ? x : x - cells, along);
}

// The way a strand runs: from the crown outwards and down; to the knot where it is tied.
DACT_INLINE void strand_direction(const Paint& p, Fragments& f) {
  const bool bun = p.hair_style == kBun, pony = p.hair_style == kPony;
  const float tied = bun || pony ? 1.0F : 0.0F;
  const float knot_y = bun ? 11.3F : 3.0F, knot_z = bun ? -4.8F : -10.5F;
  const float* r = p.rotation;
  for (int i = 0; i < f.count; ++i) {
    const float knot = f.b[i] < 3.99F || f.rest_z[i] > -6.0F ? tied : 0.0F;
    const float x = mix(f.rest_x[i], -f.rest_x[i], knot);
    const float y = mix(-5.0F, knot_y - f.rest_y[i], knot);
    const float z = mix(f.rest_z[i] + 1.4F, knot_z - f.rest_z[i], knot);
    const float px = r[0] * x + r[1] * y + r[2] * z, py = r[3] * x + r[4] * y + r[5] * z,
                pz = r[6] * x + r[7] * y + r[8] * z;
    const float off = px * f.nx[i] + py * f.ny[i] + pz * f.nz[i];
    const float qx = px - off * f.nx[i], qy = py - off * f.ny[i], qz = pz - off * f.nz[i];
    const float over = 1.0F / math::sqrt(qx * qx + qy * qy + qz * qz + 1e-4F);
    f.a[i] = qx * over;
    f.b[i] = qy * over;
    f.t[i] = qz * over;
  }
}

}  // namespace

void paint_hair(const Paint& p, Fragments& f) {
  const bool lumpy = p.hair_style == kAfro || p.hair_style == kCurly;
  const bool buzz = p.hair_style == kBuzz, parted = p.hair_style == kSidepart;
  const float lumps = lumpy ? 1.0F : 0.0F, combed = 1.0F - lumps;
  // light hair shows its strands by colour less than dark hair
  const float contrast = 1.1F - 0.55F * (0.3F * p.hair.r + 0.6F * p.hair.g + 0.1F * p.hair.b);
  const float fine = visible(4.0F, p.pixel_cm), middle = visible(1.6F, p.pixel_cm);
  for (int i = 0; i < f.count; ++i) {
    const float angle = f.a[i], s = f.b[i], along = f.t[i];
    const float top = parted ? ramp(6.0F, 8.5F, f.rest_y[i]) : 0.0F;
    const float wide = mix(around(p.seed + 71U, angle, 198.0F, along * 0.12F),
                           noise(p.seed + 72U, f.rest_z[i] * 2.2F, f.rest_x[i] * 0.2F), top);
    const float strand = mix(around(p.seed + 73U, angle, 576.0F, along * 0.30F),
                             noise(p.seed + 74U, f.rest_z[i] * 6.0F, f.rest_x[i] * 0.4F), top);
    const float thin = around(p.seed + 75U, angle, 1440.0F, along * 0.6F);
    const float curl =
        noise(p.seed + 76U, f.rest_x[i] * 1.6F, f.rest_y[i] * 1.6F, f.rest_z[i] * 1.6F);
    const float kink =
        noise(p.seed + 77U, f.rest_x[i] * 4.5F, f.rest_y[i] * 4.5F, f.rest_z[i] * 4.5F);
    const float streaks = contrast * (0.42F * (wide - 0.5F) + 0.38F * middle * (strand - 0.5F) +
                                      0.25F * fine * (thin - 0.5F));
    const float clumps = contrast * (0.40F * (curl - 0.5F) + 0.55F * middle * (kink - 0.5F));
    const float tone = 0.97F + combed * streaks + lumps * clumps;
    // at the hairline strands stand apart and the skin shows between them
    const float ragged =
        noise(p.seed + 78U, f.rest_x[i] * 3.1F, f.rest_y[i] * 3.1F, f.rest_z[i] * 3.1F);
    const float apart = 0.35F * strand + 0.25F * thin + 0.40F * ragged;
    const float cut = ramp(apart * 1.1F - 0.35F, apart * 1.1F + 0.15F, s);
    const float shown = buzz ? cut * (0.62F + 0.25F * (kink - 0.5F) * middle) : cut;
    set(f, i, p.scalp, 0.0F, 0.0F, kHairClass);
    const float warm = 1.0F + 0.06F * (wide - 0.5F);
    cover(f, i, {p.hair.r * tone * warm, p.hair.g * tone, p.hair.b * tone * (2.0F - warm)}, shown);
    f.soft[i] = 1.0F - shown;
    f.gloss[i] = shown * (buzz ? 0.25F : (lumpy ? 0.30F : 0.75F + 0.8F * (strand - 0.5F) * middle));
    const int label = cut > 0.5F ? kHairClass : 1;
    f.label[i] = label;
  }
  strand_direction(p, f);
}

}  // namespace dact::DACT_ISA
