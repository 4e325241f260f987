// From the maps of the detector (S3FD) and of the landmark network (FAN) to boxes and points, and the crop between them.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "autograd/var.hpp"
#include "reenact/face/landmarks.hpp"

namespace dact::face {

// ---- S3FD

/// Corners in the picture's pixels, not clipped to it; score in 0 .. 1.
struct FaceBox {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0, score = 0;
};

/// What the detector says at one scale: logits [1, 2, h, w] of background and face, offsets [1, 4, h, w]. f32.
struct DetectorScale {
  Tensor logits, offsets;
};

/// All anchors with a score above 0.05, by scale, then row-major.
/// equation     stride s = 4 * 2^k at scale k: anchor centre s/2 + s (j, i), side 4 s; c = centre + 0.4 s offset_{0,1};
///              (w, h) = 4 s exp(0.2 offset_{2,3}); x1 = c_x - w/2, x2 = x1 + w; score = softmax(logits)[face]
/// scales       up to 6, finest first
/// throws       ShapeError, DtypeError, NumericError(a score that is NaN, a box that is not finite)
/// source       Zhang et al. 2017 (S3FD), section 3; offsets as Liu et al. 2016 (SSD)
std::vector<FaceBox> face_candidates(std::span<const DetectorScale> scales);

/// Greedy suppression: by falling score (ties: the earlier first), dropping what overlaps a kept box by more than 0.3;
/// areas and overlaps count pixels, so widths and heights are +1.
/// returns      the kept boxes, by falling score
std::vector<FaceBox> suppress_overlaps(std::span<const FaceBox> candidates);

/// Candidates, suppression, and of those what scores above 0.5, by falling score.
std::vector<FaceBox> decode_faces(std::span<const DetectorScale> scales);

/// A picture in [-1, 1] as the detector and FAN take it: (clamp(x) + 1) / (2 + 1e-5) * 255, so that 1 becomes 254.9987.
/// gradient     yes
Var detector_range(const Var& x);

// ---- FAN

/// Where FAN looks: centre of the box, a little raised, and scale in units of 200 pixels.
struct FanFrame {
  Point2 centre;
  double scale = 0;
};
/// equation     centre of the box, y less 0.12 h; scale = (w + h) / 195
/// throws       NumericError(box without size, not finite)
FanFrame fan_frame(const FaceBox& box);

/// Corners of the crop, truncated toward zero, right and bottom exclusive: left, top, right, bottom.
std::array<std::int64_t, 4> fan_corners(const FanFrame& frame);

/// The crop FAN takes: zeros outside the picture, bilinear without antialias, divided by 255.
/// picture      u8 [H, W, 3]
/// returns      f32 [1, 3, 256, 256] in [0, 1]
/// order        taps of interpolate_bilinear; columns first, then rows, one fma chain from +0 each
/// throws       ShapeError, DtypeError, NumericError(a crop below 1 pixel or above 2^24)
Tensor fan_crop(const Tensor& picture, const FanFrame& frame);

struct FanOptions {
  /// To whole pixels, toward zero, as the reference does; false keeps the fraction.
  bool truncate = true;
};
struct FanLandmarks {
  Landmarks68 points;            // in the picture
  Landmarks68 heat_map_points;   // in cells of the heat map, from 0.5
  std::array<float, 68> scores;  // the maxima
};
/// equation     the first maximum (X, Y) of each map, moved by 0.25 sign of the difference of its neighbours along x and
///              y where all four exist; + 0.5; mapped back to the picture
/// heat_map     f32 [68, 64, 64] or [1, 68, 64, 64]
/// throws       ShapeError, DtypeError, NumericError(NaN)
/// source       Bulat and Tzimiropoulos 2017, published evaluation code
FanLandmarks decode_landmarks(const Tensor& heat_map, const FanFrame& frame,
                              const FanOptions& options = {});

}  // namespace dact::face
