// The procedural head as a MorphableModel, for everything that was written for FLAME's structure.
#pragma once
#include "reenact/face/morphable.hpp"
#include "reenact/head/head.hpp"

namespace dact::head {

/// The same mean, directions, joints, weights and landmarks as tensors; lengths in `unit` cm (FLAME: 100, metres).
/// With the parameters of morphable_params() its landmarks are those of pose_head(): linear blending and turning by
/// angles differ only below the chin, where no landmark lies.
face::MorphableModel to_morphable(const HeadModel& model, double unit = 1);

/// Identity weights, expression weights with the person's blink gain, and axis-angle vectors of neck, jaw and eyes.
/// [1, 36], [1, 32], [1, 15], f32; no camera. throws  as require_pose
face::MorphableParams morphable_params(const Person& person, const Pose& pose);

}  // namespace dact::head
