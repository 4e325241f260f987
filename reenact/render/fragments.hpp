// A batch of points to be coloured and lit, one array per quantity, so that plain loops over it become vector code.
// Included by *.simd.cpp: no std templates here.
#pragma once
#include <cstdint>

namespace dact::render {

/// What a material leaves for a point and what the light makes of it. Colours: sRGB numbers / 255 when painted, linear
/// light once lit.
struct Fragments {
  static constexpr int kCapacity = 256;
  int count = 0;
  // where: pixel of the picture, how many of its samples, and the part (a number of render::Part)
  std::int32_t pixel[kCapacity], samples[kCapacity], part[kCapacity];
  // interpolated from the mesh
  float a[kCapacity], b[kCapacity], t[kCapacity];
  float rest_x[kCapacity], rest_y[kCapacity], rest_z[kCapacity];
  float x[kCapacity], y[kCapacity], z[kCapacity];
  float nx[kCapacity], ny[kCapacity], nz[kCapacity];
  float occlusion[kCapacity];
  // painted, then lit
  float red[kCapacity], green[kCapacity], blue[kCapacity];
  float gloss[kCapacity];  // of skin-like highlights, 1: dry skin
  float soft[kCapacity];   // 0..1: how far light wraps around, as in skin
  float shine[kCapacity];  // added white light, e.g. the highlight of an eye
  float unlit[kCapacity];  // 0..1: shows its own colour where no light of the scene arrives
  float lit[kCapacity];    // least share of the key light that arrives; then that of the shadow map
  std::int32_t label[kCapacity];  // class 0..18
};

}  // namespace dact::render
