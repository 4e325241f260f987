// Training the small networks that judge faces, each from the world's ground truth.
#pragma once
#include <memory>

#include "reenact/train/recipe.hpp"

namespace dact::train {

struct FaceOptions {
  std::uint64_t seed = 0;
  std::int64_t judged = 256;  // held-out pictures of an evaluation
};

/// Smooth L1 on the codes in units of their spread, L1 on landmarks, and the confidence as a yes-or-no question between
/// pictures and what is made of them by shuffling their tiles, by turning them over, or from noise.
/// Evaluation: angle_error (degrees, mean of yaw, pitch, roll), landmark_error (pixels), r2.expression, r2.identity,
/// confidence_accuracy.
std::unique_ptr<Recipe> make_estimator_recipe(const DataSource& data, const DataSource& held_out,
                                              const FaceOptions& options);

/// L1 of (pitch, yaw); the landmarks that place the crops are moved by noise of deviation 0.5 pixel.
/// Evaluation: gaze_error, degrees between directions, r2.gaze.
std::unique_ptr<Recipe> make_gaze_recipe(const DataSource& data, const DataSource& held_out,
                                         const FaceOptions& options);

/// ArcFace over the source's people. Evaluation on people that were never seen: equal_error_rate.
std::unique_ptr<Recipe> make_embedder_recipe(const DataSource& data, const DataSource& held_out,
                                             const FaceOptions& options);

/// Cross entropy over pixels. Evaluation: miou, mean over the classes that occur.
std::unique_ptr<Recipe> make_parser_recipe(const DataSource& data, const DataSource& held_out,
                                           const FaceOptions& options);

/// Smooth L1 on the appearance numbers that show, in units of their spread. Evaluation: r2.appearance.
std::unique_ptr<Recipe> make_style_recipe(const DataSource& data, const DataSource& held_out,
                                          const FaceOptions& options);

/// Rate at which as many pairs of one person are taken for two as the reverse, over all pairs of rows from different
/// clips; NaN when there is no pair of either kind.
/// embeddings   f32 [N, D] of length 1; person, clip i64 [N]
double equal_error_rate(const Tensor& embeddings, const Tensor& person, const Tensor& clip);

/// Mean over classes of |both| / |either|; classes in neither are left out. u8 or i64 of one shape.
double mean_iou(const Tensor& truth, const Tensor& predicted, std::int64_t classes);

}  // namespace dact::train
