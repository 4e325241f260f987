// Eyes, teeth, tongue and the inside of the mouth. Included by colour.simd.cpp only.
#pragma once
#include "reenact/head/colour_tools.paint.hpp"

namespace dact::DACT_ISA {
namespace {

enum : int { kEyeClass = 4, kMouthClass = 11 };  // eyes: 4 left, 5 right
enum : int { kBagPart = 1, kEyeLeftPart = 2, kTeethUpperPart = 4, kTonguePart = 6 };

/// Colour of the eyeball where the direction from its centre is (dx, dy, dz), the pupil's centre at +z.
DACT_INLINE void eyeball(const Paint& p, Fragments& f, int i) {
  const float dx = f.rest_x[i], dy = f.rest_y[i];
  const float flat = math::sqrt(dx * dx + dy * dy);
  const float r = f.rest_z[i] > 0.0F ? flat : 2.0F - flat;  // sine of the angle from the axis
  const float over = 1.0F / most(flat, 0.02F);
  const float spoke = noise(p.seed + 61U, dx * over * 7.0F, dy * over * 7.0F, r * 9.0F) - 0.5F;
  const float inner = 1.0F - ramp(0.17F, 0.30F, r + 0.05F * spoke);
  const float iris = 1.0F - ramp(0.362F, 0.392F, r);
  const float limbus = ramp(0.30F, 0.37F, r);
  const float pupil = 1.0F - ramp(0.165F, 0.190F, r);
  const float tone = (0.88F + 0.5F * spoke + 0.22F * inner) * (1.0F - 0.62F * limbus);
  const float vein = 0.05F * clamp01(flat * 1.5F - 0.5F);
  cover(f, i, {0.77F, 0.755F - vein, 0.735F - vein}, 1.0F);
  cover(f, i, {p.iris.r * tone, p.iris.g * tone, p.iris.b * tone}, iris);
  cover(f, i, {0.03F, 0.025F, 0.025F}, pupil);
}

}  // namespace

void paint_eyes(const Paint& p, Fragments& f) {
  for (int i = 0; i < f.count; ++i) {
    const bool left = f.part[i] == kEyeLeftPart;
    set(f, i, {0.8F, 0.77F, 0.75F}, 0.0F, 0.6F, left ? kEyeClass : kEyeClass + 1);
    eyeball(p, f, i);
    // the lids shade the ball, the upper one more; the inner corner is flesh
    const float shade = (1.0F - 0.55F * bell(most(f.b[i], 0.0F), 0.0F, 0.34F)) *
                        (1.0F - 0.22F * bell(most(f.t[i], 0.0F), 0.0F, 0.16F));
    const float inwards = left ? -f.a[i] : f.a[i];
    const float flesh = 0.75F * ramp(1.12F, 1.5F, inwards);
    cover(f, i, {0.72F, 0.45F, 0.42F}, flesh);
    scale(f, i, shade, shade * (0.97F + 0.03F * shade), shade * (0.95F + 0.05F * shade));
    const float near = f.nx[i] * p.glint[0] + f.ny[i] * p.glint[1] + f.nz[i] * p.glint[2];
    f.shine[i] = 0.75F * ramp(0.9890F, 0.9960F, near) * ramp(0.02F, 0.12F, f.b[i]);
    f.lit[i] = 0.4F;  // the lids' shadow is painted, the brow's may fall on the eye in part
  }
}

void paint_mouth(const Paint&, Fragments& f) {
  constexpr float rows[] = {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F};
  constexpr float bag_light[] = {0.75F, 0.55F, 0.40F, 0.31F, 0.26F, 0.24F};
  for (int i = 0; i < f.count; ++i) {
    const int part = f.part[i];
    const bool bag = part == kBagPart, tongue = part == kTonguePart;
    const float a = f.a[i], q = f.b[i], al = math::abs(a);
    // a tooth every 15 degrees of the arch; gums above q = 0.8
    const float tooth = f.t[i] * (1.0F / 15.0F);
    const float in = math::abs(tooth - math::round(tooth));
    const float gap = 0.28F * (1.0F - ramp(0.02F, 0.11F, in)) * (1.0F - 0.4F * clamp01(q));
    const float side = 1.0F - 0.45F * ramp(0.9F, 2.2F, al);
    const float white = (1.0F - gap) * side * (0.90F + 0.08F * ramp(0.0F, 0.2F, q));
    const float gum = ramp(0.80F, 0.92F, q);
    const float dark = polyline(rows, bag_light, math::abs(q));
    set(f, i, {0.95F * white, 0.91F * white, 0.83F * white}, 2.0F, 0.5F, kMouthClass);
    cover(f, i, {0.62F * side, 0.34F * side, 0.34F * side}, gum);
    f.red[i] = bag ? 0.47F * dark : (tongue ? 0.52F : f.red[i]);
    f.green[i] = bag ? 0.19F * dark : (tongue ? 0.245F : f.green[i]);
    f.blue[i] = bag ? 0.18F * dark : (tongue ? 0.255F : f.blue[i]);
    f.gloss[i] = bag ? 0.0F : f.gloss[i];
    f.lit[i] = 0.75F;
    f.unlit[i] = bag ? 1.0F : 0.0F;
  }
}

}  // namespace dact::DACT_ISA
