// How far a result is from its target: pictures, landmarks, angles, expressions, identity, time.
#pragma once
#include <cstdint>
#include <vector>

#include "tensor/tensor.hpp"

namespace dact::face {

// ---- pictures. f32 [3, H, W] or [B, 3, H, W] in [-1, 1] (not clamped), of one shape; computed in double; for a batch
// the mean of the pictures' values. NaN in -> NaN out. throws ShapeError(shapes, no pixels), DtypeError

/// Peak signal-to-noise ratio of pictures whose peak is 1.
/// equation     -10 log10(mean((a - b)^2 / 4)): the mean square on [0, 1], over all channels
/// returns      dB, higher is better; equal pictures -> +inf
/// order        NUMERICS.md 4 over a picture's elements, in double; a batch's values ascending
double psnr(const Tensor& a, const Tensor& b);

/// Structural similarity.
/// equation     mean over channels and pixels of (2 m_a m_b + C1)(2 c_ab + C2) / ((m_a^2 + m_b^2 + C1)(v_a + v_b + C2)),
///              pictures on [0, 1]; means under an 11 x 11 Gaussian (sigma 1.5) with zeros outside; v, c biased;
///              C1 = 1e-4, C2 = 9e-4
/// returns      at most 1, higher is better
/// order        in double: each window along x, then along y, taps ascending from +0; rows summed by NUMERICS.md 4, then
///              the rows of all channels
/// source       Wang et al. 2004, eq. 13; padding and window as in the evaluation code of DiffAE
double ssim(const Tensor& a, const Tensor& b);

/// Mean absolute difference on [-1, 1].
/// returns      0 .. 2, lower is better
double l1(const Tensor& a, const Tensor& b);

// ---- faces. One row per frame. A frame in which no face was found is a row with a NaN: it is left out and counted,
// never given a value. Arguments f32|f64; the target comes first. throws ShapeError, DtypeError

/// A metric of every frame, and over those that could be measured.
struct FrameMetric {
  std::vector<double> each;   // per frame; NaN where it was left out
  std::int64_t left_out = 0;  // entries of `each`
  /// Over the measured frames, ascending by NUMERICS.md 4; NaN when there is none.
  double mean() const;
};

/// Normalised mean error of landmarks, by the target's face box.
/// equation     1000 mean_p |t_p - r_p| / sqrt(w h), w and h of the box around the target's points
/// target       [F, N, 2], pixels; result the same
/// returns      thousandths of the face's size, lower is better; a target box without area is left out
FrameMetric nme_box(const Tensor& target, const Tensor& result);
/// The same by the distance of the outer eye corners (points 36 and 45 of 68), times 100.
FrameMetric nme_interocular(const Tensor& target, const Tensor& result);

/// Average pose distance.
/// equation     mean of the three |difference| of yaw, pitch, roll
/// target       [F, 3], degrees; result the same. Name the estimator of the angles with the number.
/// returns      degrees, lower is better
FrameMetric apd(const Tensor& target, const Tensor& result);

/// Average expression distance, first reading: the sum over all coefficients of |difference|.
/// target       [F, E], expression coefficients (50 for FLAME); result the same. Name the estimator with the number.
/// returns      coefficient units, lower is better
FrameMetric aed_sum(const Tensor& target, const Tensor& result);
/// The sum divided by the number of coefficients.
FrameMetric aed_mean(const Tensor& target, const Tensor& result);
/// Average expression distance, second reading: each coefficient in hundredths of its range.
/// equation     100 mean_e |t_e - r_e| / (hi_e - lo_e)
/// target       [F, E], e.g. the jaw's angle and the first 20 coefficients; result the same
/// ranges       [E, 2] of lo < hi (NumericError otherwise)
FrameMetric aed_scaled(const Tensor& target, const Tensor& result, const Tensor& ranges);

/// Cosine similarity of identity embeddings.
/// equation     <t, r> / max(|t| |r|, 1e-6)
/// target       [F, D], any length; result the same
/// returns      -1 .. 1, higher is better
FrameMetric csim(const Tensor& target, const Tensor& result);

/// Identity kept between neighbouring frames, against the real clip.
/// equation     mean over i of <b_i, b_{i+1}> / <a_i, a_{i+1}>, embeddings scaled to length 1
/// real         [F, D] embeddings a of the real clip; generated the same, b
/// returns      about 1, higher is better, above 1 possible; `each` holds the F - 1 pairs
/// source       Tzaban et al. 2022, TL-ID
FrameMetric tl_id(const Tensor& real, const Tensor& generated);
/// The same over all pairs i != j; `each` holds the means over j of every frame i.
/// source       Tzaban et al. 2022, TG-ID
FrameMetric tg_id(const Tensor& real, const Tensor& generated);

/// How much landmarks tremble: the second difference in time.
/// equation     mean_p |x_p(f-1) - 2 x_p(f) + x_p(f+1)|
/// landmarks    [F, N, 2], pixels
/// returns      pixels per frame^2, lower is steadier; `each` holds the F - 2 inner frames
FrameMetric landmark_jitter(const Tensor& landmarks);

/// Frechet distance of two sets of features (FID with the 2048 pool features of Inception-v3).
/// equation     |m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)), covariances over N - 1
/// a, b         [N, D], [M, D], f32|f64, N, M >= 2. Biased for few samples: print N and M with it.
/// returns      feature units squared, lower is better
/// order        in double. With X = (a - m_a) / sqrt(N - 1), Y alike: C_a = X'X, C_b = Y'Y, and the trace of the root is
///              the sum of the singular values of X Y' (Householder QR of X and Y first where N > D), found by Householder
///              bidiagonalisation and bisection. Inner products by NUMERICS.md 4.
/// throws       ShapeError, DtypeError, NumericError(NaN, inf)
/// source       Heusel et al. 2017, eq. 6
double frechet_distance(const Tensor& a, const Tensor& b);

}  // namespace dact::face
