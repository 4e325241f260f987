// What a renderer asks of its arguments.
#pragma once
#include "reenact/head/appearance.hpp"
#include "reenact/render/render_head.hpp"
#include "reenact/render/scene.hpp"

namespace dact::render {

/// throws  UsageError: a size, camera or light out of range or not finite; ShapeError: arrays of a mesh that do not fit
void require_drawable(const Mesh& mesh, const head::Light& light, const head::Camera& camera,
                      const FrameRequest& request);

}  // namespace dact::render
