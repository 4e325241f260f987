// The light of a frame: where it comes from, how strong it is, and what stands in its way.
#pragma once
#include <cstdint>

#include "reenact/head/appearance.hpp"
#include "reenact/render/raster.hpp"
#include "reenact/render/shade.kernels.hpp"

namespace dact::render {

/// A light of the seed: from the front, left or right, never from below.
head::Light draw_light(std::uint64_t seed);

/// Buffers of a shadow map, reused from frame to frame.
struct ShadowMap {
  Points points;
  Samples texels;
};

/// texels       side of the shadow map; it covers 52 cm around the head
/// returns      the setup; its `shadow` points into `map`
ShadeSetup make_light(const head::Light& light, const Mesh& mesh, std::int32_t texels,
                      ShadowMap& map);

}  // namespace dact::render
