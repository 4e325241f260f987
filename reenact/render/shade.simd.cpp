// Light on painted points, and the last step from light to numbers of the picture.
#include "reenact/render/shade.kernels.hpp"
#include "tensor/math.hpp"

namespace dact::DACT_ISA {
namespace {

using render::Fragments;
using render::PixelRow;
using render::ShadeSetup;

constexpr float kNormalOffset = 0.35F;  // cm: moves the looked-up point off its own surface
constexpr float kBias = 0.30F;          // cm
constexpr float kShadowed = 0.22F;      // of the key light that a shadow keeps
constexpr float kExposure = 0.83F;

DACT_INLINE float clamp01(float v) {
  const float low = v > 0.0F ? v : 0.0F;
  return low < 1.0F ? low : 1.0F;
}
DACT_INLINE float positive(float v) { return v > 0.0F ? v : 0.0F; }
DACT_INLINE float power(float x, float exponent) {
  return math::exp(exponent * math::log(x > 1e-6F ? x : 1e-6F));
}
DACT_INLINE float linear_of(float srgb) { return power(srgb, 2.2F); }
DACT_INLINE float srgb_of(float light) { return power(light, 1.0F / 2.2F); }
DACT_INLINE float knee(float v) {
  const float x = v * kExposure;
  return x / (1.0F + 0.28F * positive(x - 0.55F));
}

// Share of a 3x3-texel square around the point that the light reaches: 4x4 comparisons, the outer ones weighted by how
// much of them the square covers, so the share changes smoothly as the point moves.
DACT_INLINE void shadows(const ShadeSetup& s, Fragments& f) {
  const std::int32_t last = s.size - 1;
  for (int i = 0; i < f.count; ++i) {
    const float x = f.x[i] + kNormalOffset * f.nx[i], y = f.y[i] + kNormalOffset * f.ny[i],
                z = f.z[i] + kNormalOffset * f.nz[i];
    const float u = s.u0 + s.per_cm * (s.ux * x + s.uy * y + s.uz * z) - 0.5F;
    const float v = s.v0 - s.per_cm * (s.vx * x + s.vy * y + s.vz * z) - 0.5F;
    const float depth = s.lx * x + s.ly * y + s.lz * z + kBias;
    const float cu = math::clamp(u, 2.0F, static_cast<float>(last - 3));
    const float cv = math::clamp(v, 2.0F, static_cast<float>(last - 3));
    const std::int32_t column = static_cast<std::int32_t>(cu), row = static_cast<std::int32_t>(cv);
    const float fu = cu - static_cast<float>(column), fv = cv - static_cast<float>(row);
    const float wu[4] = {1.0F - fu, 1.0F, 1.0F, fu}, wv[4] = {1.0F - fv, 1.0F, 1.0F, fv};
    float sum = 0.0F;
    for (int q = 0; q < 4; ++q) {
      const float* line = s.shadow + (row + q - 1) * s.size + (column - 1);
      float part = 0.0F;
      for (int p = 0; p < 4; ++p) part += line[p] <= depth ? wu[p] : 0.0F;
      sum += wv[q] * part;
    }
    const float share = sum * (1.0F / 9.0F);
    f.lit[i] = share > f.lit[i] ? share : f.lit[i];
  }
}

DACT_INLINE void to_linear(Fragments& f) {
  for (int i = 0; i < f.count; ++i) f.red[i] = linear_of(f.red[i]);
  for (int i = 0; i < f.count; ++i) f.green[i] = linear_of(f.green[i]);
  for (int i = 0; i < f.count; ++i) f.blue[i] = linear_of(f.blue[i]);
}

DACT_INLINE float wrapped(float n_dot_l, float w) { return positive((n_dot_l + w) / (1.0F + w)); }

DACT_INLINE float rim_of(const ShadeSetup& s, float nz, float occlusion) {
  const float edge = 1.0F - clamp01(nz);
  return s.rim * edge * edge * edge * occlusion;
}

}  // namespace

void shade_fragments(const ShadeSetup& s, Fragments& f) {
  shadows(s, f);
  to_linear(f);
  for (int i = 0; i < f.count; ++i) {
    const float n_l = f.nx[i] * s.lx + f.ny[i] * s.ly + f.nz[i] * s.lz;
    const float n_h = positive(f.nx[i] * s.hx + f.ny[i] * s.hy + f.nz[i] * s.hz);
    const float ao = f.occlusion[i];
    const float own = 0.8F * f.unlit[i], reached = 1.0F - f.unlit[i];
    const float key = reached * (kShadowed + (1.0F - kShadowed) * f.lit[i]) * (0.62F + 0.38F * ao);
    const float sky = reached * (0.15F + 0.85F * ao) * (0.72F + 0.28F * f.ny[i]);
    const float soft = f.soft[i];
    const float r = key * wrapped(n_l, 0.12F + 0.26F * soft) * s.key_r + sky * s.ambient_r + own;
    const float g = key * wrapped(n_l, 0.12F + 0.12F * soft) * s.key_g + sky * s.ambient_g + own;
    const float b = key * wrapped(n_l, 0.12F + 0.06F * soft) * s.key_b + sky * s.ambient_b + own;
    const float h2 = n_h * n_h, h4 = h2 * h2, h8 = h4 * h4, h16 = h8 * h8, h32 = h16 * h16;
    const float lobes = 0.06F * (h8 * h4 * h2) + 0.10F * (h32 * h8 * h4 * n_h);
    const float facing = n_l > 0.0F ? 1.0F : 0.0F;
    const float gloss =
        0.38F * f.gloss[i] * lobes * facing * key + rim_of(s, f.nz[i], ao) * 0.22F * reached;
    const float white = gloss + f.shine[i];
    f.red[i] = knee(f.red[i] * r + white * s.key_r);
    f.green[i] = knee(f.green[i] * g + white * s.key_g);
    f.blue[i] = knee(f.blue[i] * b + white * s.key_b);
  }
}

// Kajiya and Kay 1989: a strand along T has highlights where T is across the half vector, sin(T, H)^n. The painter left
// the direction of the strand in (a, b, t).
void shade_hair(const ShadeSetup& s, Fragments& f) {
  shadows(s, f);
  to_linear(f);
  for (int i = 0; i < f.count; ++i) {
    const float n_l = f.nx[i] * s.lx + f.ny[i] * s.ly + f.nz[i] * s.lz;
    const float along = f.a[i] * s.hx + f.b[i] * s.hy + f.t[i] * s.hz;
    const float q = positive(1.0F - along * along);  // sin²
    const float q2 = q * q, q4 = q2 * q2, q8 = q4 * q4, q16 = q8 * q8, q32 = q16 * q16;
    const float broad = q8 * q4, narrow = q32 * q8 * q4 * q;  // sin^24, sin^90
    const float ao = f.occlusion[i];
    const float key = (kShadowed + (1.0F - kShadowed) * f.lit[i]) * (0.62F + 0.38F * ao);
    const float sky = (0.15F + 0.85F * ao) * (0.72F + 0.28F * f.ny[i]);
    const float facing = clamp01(n_l * 2.5F + 0.3F) * key * f.gloss[i];
    const float tinted = 0.55F * broad * facing, white = 0.05F * narrow * facing;
    const float skin = f.soft[i];
    const float rim = rim_of(s, f.nz[i], ao) * 0.5F;
    f.red[i] = knee(f.red[i] * (key * wrapped(n_l, 0.25F + 0.13F * skin) * s.key_r +
                                sky * s.ambient_r + tinted + rim) +
                    white);
    f.green[i] = knee(f.green[i] * (key * wrapped(n_l, 0.25F - 0.01F * skin) * s.key_g +
                                    sky * s.ambient_g + tinted + rim) +
                      white);
    f.blue[i] = knee(f.blue[i] * (key * wrapped(n_l, 0.25F - 0.07F * skin) * s.key_b +
                                  sky * s.ambient_b + tinted + rim) +
                     white);
  }
}

// The samples of a pixel are averaged in linear light.
void finish_pixels(const PixelRow& row, std::int64_t n) {
  constexpr std::int64_t kBlock = 256;
  float value[3][kBlock];
  for (std::int64_t begin = 0; begin < n; begin += kBlock) {
    const std::int64_t size = n - begin < kBlock ? n - begin : kBlock;
    const std::int32_t* seen = row.seen + begin;
    for (int c = 0; c < 3; ++c) {
      const float *light = row.light[c] + begin, *behind = row.behind[c] + begin;
      for (std::int64_t i = 0; i < size; ++i) {
        const float open = 1.0F - static_cast<float>(seen[i]) * row.per_sample;
        const float sum = light[i] * row.per_sample + positive(open) * linear_of(behind[i]);
        value[c][i] = clamp01(seen[i] > 0 ? srgb_of(sum) : behind[i]);
      }
      if (row.planes[c] != nullptr)
        for (std::int64_t i = 0; i < size; ++i)
          row.planes[c][begin + i] = value[c][i] * 2.0F - 1.0F;
    }
    std::uint8_t* rgb = row.rgb + 3 * begin;
    for (std::int64_t i = 0; i < size; ++i)
      for (int c = 0; c < 3; ++c)
        rgb[3 * i + c] =
            static_cast<std::uint8_t>(static_cast<std::int32_t>(value[c][i] * 255.0F + 0.5F));
  }
}

}  // namespace dact::DACT_ISA
