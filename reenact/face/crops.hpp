// Frames cut around a face, on bytes: u8 [H, W, 3] in, u8 [256, 256, 3] out. Landmarks are in the picture's pixels.
#pragma once
#include <array>

#include "reenact/face/landmarks.hpp"

namespace dact::face {

/// The oriented square of an aligned face, as FFHQ's pictures were cut.
struct FfhqQuad {
  Point2 centre, x, y;  // corners: centre -+ x -+ y; y is x turned by 90 degrees
  double side = 0;      // 2 |x|, pixels
  /// Top left, bottom left, bottom right, top right.
  std::array<Point2, 4> corners() const;
};

/// equation     e = (e_l + e_r) / 2, d = e_r - e_l of the eyes' means, g = (p48 + p54) / 2 - e; x = d + (g_y, -g_x)
///              scaled to max(2 |d|, 1.8 |g|), centre e + 0.1 g
/// throws       NumericError(not finite, eyes and mouth in one place)
/// source       Karras et al. 2019 (FFHQ), as varied in DiffusionAct's published inference code
FfhqQuad ffhq_quad(const Landmarks68& points);

/// The square cut out, turned upright and scaled to 256 x 256; beyond the picture's edge the picture is mirrored, blurred
/// and faded to its median colour.
/// picture      u8 [H, W, 3], sides in [1, 16384]
/// returns      u8 [256, 256, 3]
/// throws       ShapeError, DtypeError, NumericError(ffhq_quad; a square that does not touch the picture, or is below
///              1 / 16 pixel)
/// order        doubles, the padded picture in f32; resizing as resize_u8 (lanczos, only squares above 1024), blur as
///              rows then columns, each a chain over ascending taps
/// source       as ffhq_quad; Pillow's bilinear quad transform, truncated to bytes
Tensor ffhq_crop(const Tensor& picture, const Landmarks68& points);

/// Pictures above 1000 wide scaled to 1000 by area, height truncated; others as they are. Before landmarks are looked
/// for, where hyper_crop is to follow.
Tensor limit_width(const Tensor& picture);

/// The upright crop of the VoxCeleb frames: twice the face's larger side, a sixth of it moved up; beyond the edge as
/// ffhq_crop with a blur of 5.
/// picture      u8 [H, W, 3], at most 1000 wide (UsageError)
/// returns      u8 [256, 256, 3], resized as resize_u8 (bicubic)
/// throws       ShapeError, DtypeError, UsageError, NumericError(not finite, face below 1 pixel, a box that does not touch
///              the picture)
/// source       Bounareli et al. 2023 (HyperReenact), published inference code
Tensor hyper_crop(const Tensor& picture, const Landmarks68& points);

}  // namespace dact::face
