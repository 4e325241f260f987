// The losses of DiffusionAct's training (paper, Eq. 4 to 6 and 10 to 17; spec/losses_metrics.md section 1).
#pragma once
#include <string>
#include <vector>

#include "reenact/train/judges.hpp"

namespace dact::train {

/// One summand of a loss, for the log.
struct Term {
  std::string name;
  double weight = 1;
  double value = 0;  // without its weight
};

/// A loss with its summands: total = sum of weight * value.
struct Loss {
  Var total;
  std::vector<Term> terms;
  /// Adds weight * value to the total; nothing when the weight is 0.
  void add(const std::string& name, double weight, const Var& value);
};

/// What "l2 distance" means: the mean square of all elements (default: neither batch nor resolution rescales the
/// weights), or the mean over the batch of each sample's Euclidean norm.
enum class Distance { mse, norm };
/// a, b of one shape [B, ...]; returns a scalar.
Var l2_distance(const Var& a, const Var& b, Distance distance);

/// The paper's weights.
struct LossWeights {
  double pixel = 20, perceptual = 20, identity = 20, background = 10, style = 20;  // Eq. 5
  double gaze = 2, shape = 0.5, pose = 2;                                          // Eq. 6
};

/// What the judges say of the target, once, without history.
struct TargetReading {
  Tensor image;      // [B, 3, S, S]
  Tensor landmarks;  // [B, 68, 2], pixels of the picture: where crops are taken
  std::vector<Tensor> perceptual;
  Tensor identity, style, masked;  // masked: image times its background mask
  Tensor gaze, angles, shape;      // shape: [B, 68, 2] in 224-pixel units
};
TargetReading read_target(const Judges& judges, const Tensor& image, const Tensor& landmarks);

/// equation     L = L_rec + L_pose                                                           (4)
///              L_rec = 20 L_pix + 20 L_per + 20 L_id + 10 L_bg + 20 L_st                    (5)
///              L_pose = 2 L_g + 0.5 L_sh + 2 L_hp                                           (6)
///              L_pix = d(x_t, x_r)                                                         (10)
///              L_per = sum over layers of d(phi_l(x_t), phi_l(x_r))                        (11)
///              L_id = mean of 1 - cos(e(x_t), e(x_r))                                      (12)
///              L_bg = d(x_t m_t, x_r m_r), masks without gradient                          (13)
///              L_st = d(s(x_t), s(x_r))                                                    (14)
///              L_g = mean |g_t - g_r|, radians; crops where the target has its eyes        (15)
///              L_sh = mean |l_t - l_r|, pixels of the 224 crop                             (16)
///              L_hp = mean |difference of yaw, pitch, roll|, degrees                       (17)
///              d = l2_distance
/// reenacted    x_r, [B, 3, S, S] with history
/// gradient     by x_r, through all judges
Loss reenactment_loss(const Judges& judges, const Var& reenacted, const TargetReading& target,
                      const LossWeights& weights = {}, Distance distance = Distance::mse);

/// How much each pixel of a picture counts: `feature` in the boxes around each eye with its brow and around the mouth, which
/// reach size / 32 pixels beyond the landmarks, and 1 elsewhere. A uniform mean hardly sees them: gaze is 20 pixels of 4096.
/// landmarks    [B, 68, 2], pixels   ->   f32 [B, 1, size, size]
Tensor feature_weights(const Tensor& landmarks, std::int64_t size, double feature);

/// Stage 1: mean |z_r - z_t|.
Loss code_loss(const Var& z_r, const Var& z_t);

/// Additive angular margin.
/// equation     l = cross entropy of s cos(theta_k + m [k = person]) over people k; where theta + m passes pi the margin
///              is taken off the cosine instead, m sin(m)
/// embedding    [B, D] of length 1; prototypes [P, D]; person i64 [B]
/// source       Deng et al. 2019 (ArcFace), eq. 3, with its monotonic continuation
Var arcface_loss(const Var& embedding, const Var& prototypes, const Tensor& person, double scale,
                 double margin);

}  // namespace dact::train
