// Faces brought into the frame that a network expects, as warps that gradients pass through. Images are [B, C, H, W],
// f32|f64; landmarks are constants (no gradient). Sampling is bilinear, with zeros outside the image.
#pragma once
#include <array>
#include <span>

#include "autograd/var.hpp"
#include "reenact/face/landmarks.hpp"

namespace dact::face {

// ---- five points: identity and gaze

/// Eye left in the picture, eye right in it, nose tip, mouth corner left, mouth corner right.
using FivePoints = std::array<Point2, 5>;
/// Where they lie in the 112 x 112 frame of the identity network.
extern const FivePoints kFivePointTemplate;
/// Means of 36..41 and 42..47, and points 30, 48, 54.
FivePoints five_points(const Landmarks68& points);

/// The similarity q = s R p + t with the least squares sum |to - q|^2.
/// equation     with both sets centred and M = to' from / n: s R = [a -b; b a] / var(from), a = M00 + M11, b = M10 - M01;
///              t = mean(to) - s R mean(from). In two dimensions this is the fit by singular values, mirror case included.
/// throws       UsageError(sizes differ, no point), NumericError(from or to all in one place, not finite, no rotation
///              better than another)
/// source       Umeyama 1991, eq. 40 to 42
Affine2 fit_similarity(std::span<const Point2> from, std::span<const Point2> to);

/// The map of affine_grid (2 x 3, row-major) that shows a frame x frame pixel region of an H x W image:
/// to_image maps pixels of the frame to pixels of the image. Both with pixel edges at whole numbers.
std::array<double, 6> grid_theta(const Affine2& to_image, double frame, double height,
                                 double width);

/// Similarity from the template to the face, as affine_grid takes it.
/// landmarks    f32|f64 [B, 68, 2], pixels
/// returns      f64 [B, 2, 3]
/// throws       ShapeError, DtypeError, NumericError(not finite, all in one place)
Tensor five_point_theta(const Tensor& landmarks, std::int64_t height, std::int64_t width);

/// The face in the template's frame, sampled at side x side points (112 for identity, 224 for gaze).
/// images       [B, C, H, W]; landmarks [B, 68, 2] in its pixels
/// returns      [B, C, side, side]
/// gradient     yes, to the images
/// source       Umeyama 1991; the template is that of ArcFace's published crops
Var five_point_crop(const Var& images, const Tensor& landmarks, std::int64_t side);

// ---- EMOCA and DECA

/// The square that the estimator looks at: centre and side in pixels.
struct EmocaBox {
  Point2 centre;
  double side = 0;  // whole
};
/// equation     side = trunc(1.25 * 1.1 * (w + h) / 2) of the box around the landmarks, centre its middle. Landmarks with
///              a NaN (no face): the box is the whole picture.
/// throws       NumericError(side < 1 or beyond 2^24, infinite landmarks)
EmocaBox emoca_box(const Landmarks68& points, std::int64_t height, std::int64_t width);

/// Picture to 224-pixel crop, pixel centres at whole numbers: x' = (x - (c_x - side/2)) 223 / side. Its inverse takes
/// points of the crop back to the picture.
Affine2 emoca_to_crop(const EmocaBox& box);

/// The crops, 224 x 224, corner aligned.
/// images       [B, C, H, W] (EMOCA takes RGB in [0, 1]); landmarks [B, 68, 2]
/// returns      [B, C, 224, 224]
/// gradient     yes, to the images
Var emoca_crop(const Var& images, const Tensor& landmarks);

// ---- ETH-XGaze: a virtual camera that looks straight at the face

using Matrix3 = std::array<double, 9>;  // row-major

/// Rotation of an axis-angle vector, radians; its own inverse direction is the negated vector.
Matrix3 rotation_matrix(const std::array<double, 3>& v);

/// Head against camera, as a PnP solver gives it, and the camera.
struct HeadPose {
  Matrix3 rotation;
  std::array<double, 3> translation;  // of the face model's unit (mm)
  Matrix3 camera;                     // focal lengths and principal point, pixels
};
/// The generic face model's points for landmarks 36, 39, 42, 45, 31, 35, mm: eye corners, then nostrils.
extern const std::array<std::array<double, 3>, 6> kGazeFaceModel;

/// The homography from the picture to the 224 x 224 normalised picture (focal length 960, distance 600 mm).
/// throws       NumericError(head at the camera's place, singular camera)
/// source       Zhang et al. 2018, section 3
Matrix3 gaze_normalisation(const HeadPose& head);

/// W p, divided by its last component.
Point2 through_homography(const Matrix3& w, Point2 p);

/// Images seen through homographies, pixel centres at whole numbers.
/// to_output    one per image, from picture to output
/// returns      [B, C, side, side]
/// gradient     yes, to the images
/// throws       NumericError(singular), ShapeError
Var homography_warp(const Var& images, std::span<const Matrix3> to_output, std::int64_t side);

}  // namespace dact::face
