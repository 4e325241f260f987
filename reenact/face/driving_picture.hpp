// The driving picture: 68 landmarks and two gaze points as coloured lines, what the reenactment encoder is told of the
// driver.
#pragma once
#include <cstdint>

#include "reenact/face/gaze.hpp"
#include "tensor/tensor.hpp"

namespace dact::face {

inline constexpr std::int64_t kDrivingSide = 256;

/// Draws one driving picture, as the authors' code does with OpenCV: contour white, brows red and green, nose blue, eyes
/// magenta and cyan, lips yellow, each two pixels thick; gaze points as discs of radius 5, orange and purple; background
/// 1 of 255. Coordinates are truncated toward zero; those beyond +-32767 are held there, what falls outside is left out.
/// points       in pixels of the 224 x 224 crop, drawn unscaled
/// returns      u8 [256, 256, 3]
/// throws       NumericError(points not finite)
/// source       face and colours of DiffusionAct's published inference code
Tensor draw_driving_picture(const Landmarks68& points, const GazePoints& gaze);

/// A batch: each face with the gaze points of eq. 9.
/// landmarks    f32|f64 [B, 68, 2]
/// gaze         f32|f64 [B, 2], pitch and yaw in radians
/// returns      u8 [B, 256, 256, 3]
Tensor draw_driving_pictures(const Tensor& landmarks, const Tensor& gaze);

/// What the encoder takes: bytes as (byte / 255 - 0.5) * 2, averaged over squares for a model that is smaller.
/// pictures     u8 [B, 256, 256, 3]
/// side         divides 256 (UsageError)
/// returns      f32 [B, 3, side, side] in [-1, 1]
/// order        each operation rounded to f32; means as avg_pool2d
Tensor driving_tensor(const Tensor& pictures, std::int64_t side = kDrivingSide);

}  // namespace dact::face
