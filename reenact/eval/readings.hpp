// What independent networks say of pictures: the numbers that faces are compared by.
#pragma once
#include <cstdint>
#include <vector>

#include "reenact/nets/embedder.hpp"
#include "reenact/nets/estimator.hpp"
#include "reenact/nets/gaze.hpp"
#include "reenact/nets/parser.hpp"
#include "reenact/train/batch.hpp"

namespace dact::eval {

/// The networks that measure, under "estimator.", "gaze.", "embedder.", "parser.". Their weights are from other seeds
/// and other people than those of the networks that the losses and the tracker use: a result that only pleases its
/// teachers does not please them.
class Judge : public nn::Module {
 public:
  Judge();
  void visit(nn::Visitor& v) override;

  nets::FaceEstimator estimator;
  nets::GazeEstimator gaze;
  nets::IdentityEmbedder embedder;
  nets::FaceParser parser;
};

/// One row per picture. Rows of a picture without a face are NaN; those of the pictures themselves stay.
struct Readings {
  Tensor images;                 // f32 [F, 3, S, S] in [-1, 1]
  std::vector<Tensor> features;  // the parser's, four depths, [F, C, H, W]
  Tensor landmarks;              // f32 [F, 68, 2], pixels
  Tensor angles;                 // f32 [F, 3], degrees: yaw, pitch, roll
  Tensor expression;             // f32 [F, 32], orthonormal codes
  Tensor gaze;                   // f32 [F, 2], degrees: pitch, yaw in the head
  Tensor embedding;              // f32 [F, 128]
  std::int64_t failed = 0;       // rows without a face
};

/// u8 [F, S, S, 3] -> f32 [F, 3, S, S], each as reenact::picture_to_tensor.
Tensor images_of(const Tensor& pictures);

/// A face is there where the estimator's confidence is above `least_confidence`.
/// pictures     u8 [F, 64, 64, 3]
Readings read_pictures(const Judge& judge, const Tensor& pictures, double least_confidence = 0);

/// The same numbers as the world knows them; no images, features or embeddings.
Readings readings_of_truth(const train::Batch& known);

/// Rows of a tensor or of readings, in the order asked for; a row may come again.
Tensor picked(const Tensor& x, const std::vector<std::int64_t>& rows);
Readings picked(const Readings& readings, const std::vector<std::int64_t>& rows);

}  // namespace dact::eval
