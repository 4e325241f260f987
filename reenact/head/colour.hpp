// What a person is painted with: an Appearance and a moment, as plain numbers for the painters.
#pragma once
#include "reenact/head/appearance.hpp"
#include "reenact/head/colour.kernels.hpp"
#include "reenact/render/shade.kernels.hpp"

namespace dact::head {

/// Rotation of the head, Ry(yaw) Rx(pitch) Rz(roll), row-major.
void head_rotation(const Pose& pose, float (&out)[9]);

/// pixel_cm     side of what one shaded point covers, cm
Paint make_paint(const Appearance& appearance, const Pose& pose, const render::ShadeSetup& light,
                 float pixel_cm);

}  // namespace dact::head
